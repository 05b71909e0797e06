"""The declaration of `r1c upgrade`."""

from __future__ import annotations

from r1c.cli import actions
from r1c.cli.declaration import Command, Option
from r1c.cli.shared_options import COMMON, PROFILE, form

UPGRADE = Command(
    "upgrade",
    actions.upgrade,
    "Show what other versions change for a profile, and edit it.",
    "r1c lists what the step to another vLLM release changes for this profile, each line with the release "
    "that made the change: flags and variables, defaults that it relies on, engine, executor, image, "
    "libraries and GPU memory (docs/upgrade.md). An older release works too. Without versions, r1c "
    "takes the newest vLLM release with which the profile checks clean, and says why it takes no newer one.",
    examples=(
        "r1c upgrade profiles/a3mega.yaml",
        "r1c upgrade profiles/a3mega.yaml --vllm v0.19.0 --write",
        "r1c upgrade profiles/a3mega.yaml --lws v0.10.0 --gke 1.35.8-gke.1225000",
    ),
    statuses={1: "the profile would have new errors or warnings"},
    options=(
        Option("vllm", ("--vllm",), "vLLM release. [the newest that checks clean]", "V", complete="releases"),
        Option("lws", ("--lws",), "LeaderWorkerSet release of the cluster.", "V"),
        Option("gke", ("--gke",), "GKE version of the cluster.", "V"),
        Option("gpudirect", ("--gpudirect",), "GPUDirect release of the pods.", "R"),
        Option(
            "write",
            ("--write",),
            "Edit the profile, and print the impact on the cluster as `r1c diff` does.",
            kind="flag",
        ),
        Option("every", ("--all",), "Also list the changes that do not concern the profile.", kind="flag"),
        form("text", "json", help="How to print the changes."),
        *COMMON,
    ),
    arguments=(PROFILE,),
)
