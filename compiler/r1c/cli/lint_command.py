"""The command line of `r1c lint`."""

from __future__ import annotations

from r1c.cli import actions
from r1c.cli.declaration import Argument, Command, Option
from r1c.cli.shared_options import COMMON, DIAGNOSTICS, STRICT

LINT = Command(
    "lint",
    actions.lint,
    "Check manifests and scripts that r1c did not create.",
    "Finds the vLLM servers in Kubernetes objects of any kind with pods, docker-compose files, shell scripts "
    "and the code blocks of Markdown files, and reports what is wrong with them at the lines of your files, "
    "with the rules of `r1c check`. r1c leaves out findings that need what a file does not say; -v names "
    "them. Nothing is written (docs/lint.md).",
    examples=(
        "r1c lint leaderworkerset.yaml",
        "r1c lint README.md",
        "helm template my-release chart/ | r1c lint -",
        "echo 'vllm serve Qwen/Qwen3-32B -tp 8' | r1c lint - --vllm v0.10.0",
        "r1c lint deploy/ --format sarif > r1c.lint.sarif",
    ),
    statuses={1: "a file has errors, or warnings under --strict"},
    options=(
        Option(
            "platform",
            ("--platform",),
            "Machines of the nodes, for files that do not name them.",
            "P",
            complete="platforms",
        ),
        Option(
            "vllm", ("--vllm",), "vLLM release, for images that do not name it.", "V", complete="releases"
        ),
        DIAGNOSTICS,
        STRICT,
        *COMMON,
    ),
    arguments=(
        Argument(
            "files",
            "FILE...",
            {
                "FILE": "A file, a directory (each .yaml, .yml, .json and .sh file below it), or - for "
                "standard input."
            },
            many=True,
            complete="files",
        ),
    ),
)
