"""The commands that explain r1c itself: explain, schema, completion."""

from __future__ import annotations

from r1c.cli import actions
from r1c.cli.declaration import Argument, Command, Option
from r1c.cli.shared_options import COMMON, form

EXPLAIN = Command(
    "explain",
    actions.explain,
    "Explain a code, field, flag, model or line of an output.",
    "Without an argument, lists all codes. A code: the reason, an example and the fix. A field: its type, "
    "default and meaning, and the codes about it. A list: models, platforms, releases or regions. A model, a "
    "platform or a vLLM release: what r1c knows of it; for a model, also the smallest group on each "
    "platform. A flag or a variable of vLLM: the releases that have it, what it takes, its defaults, what "
    "replaced it, and the codes about it. A variable of NCCL: the releases that read it, and what r1c "
    "sets it to. A line of a profile: the field, flag or variable in it.\n\n"
    "A line of a file that r1c wrote: the fields, defaults and facts that it comes from, what writes it, "
    "what it depends on, and what to edit to change it.",
    examples=(
        "r1c explain R1C201",
        "r1c explain network.mode",
        "r1c explain models",
        "r1c explain max-num-seqs",
        "r1c explain profiles/a3mega.yaml:20",
        "r1c explain out/deepseek-r1-a3mega/leaderworkerset.yaml:14",
        "r1c explain out/deepseek-r1-a3mega/service.yaml:spec.type",
        "r1c explain --all out/deepseek-r1-a3mega/image/Dockerfile",
    ),
    options=(
        Option(
            "all", ("--all",), "Show a whole file of an output, each line beside its origin.", kind="flag"
        ),
        Option(
            "profile",
            ("--profile",),
            "The profile of the output, if r1c does not find it by its name.",
            metavar="FILE",
            complete="profiles",
        ),
        form("text", "json", help="Format for a line or a file of an output."),
        *COMMON,
    ),
    arguments=(
        Argument(
            "topic",
            "[CODE|FIELD|LIST|NAME|FLAG|LINE]",
            {
                "CODE": "Such as R1C201, or its name, such as tensor-divides-heads.",
                "FIELD": "A path such as spec.network.mode, with or without spec.",
                "LIST": "One of models, platforms, releases, regions.",
                "NAME": "Such as deepseek-ai/DeepSeek-R1, a3-mega or v0.26.0.",
                "FLAG": "A flag of vLLM with or without dashes, or a variable such as VLLM_LOGGING_LEVEL.",
                "LINE": "A file of an output with a line, FILE:14, or with a field, FILE:spec.type.",
            },
            required=False,
            complete="topics",
            dashed=True,
        ),
    ),
)

SCHEMA = Command(
    "schema",
    actions.schema,
    "Print the JSON Schema of a profile or of r1c.yaml.",
    "An editor with a YAML language server completes and explains every field of a file whose first line "
    "is `# yaml-language-server: $schema=PATH`.",
    examples=(
        "r1c schema > schemas/recipe.schema.json",
        "r1c schema repository > schemas/repository.schema.json",
    ),
    options=COMMON,
    arguments=(
        Argument(
            "kind",
            "[KIND]",
            {"KIND": "recipe (default) for a profile, repository for r1c.yaml."},
            required=False,
            words=("recipe", "repository"),
        ),
    ),
)

LSP = Command(
    "lsp",
    actions.lsp,
    "Serve an editor: diagnostics, completion and fixes.",
    "A language server over standard input and output, which the editor starts (docs/editors.md).\n\n"
    "Needs pygls and lsprotocol, the extra `lsp` of the package; without them, r1c prints the command that "
    "installs them.",
    examples=("r1c lsp",),
    options=COMMON,
)

COMPLETE = Command(
    "completion",
    actions.complete,
    "Print a script that completes r1c commands in a shell.",
    "It completes commands, options and their values, profiles (*.yaml, *.yml and directories), codes and "
    "fields. `r1c` must be on PATH.",
    examples=(
        "r1c completion bash > ~/.local/share/bash-completion/completions/r1c",
        'r1c completion zsh > "${fpath[1]}/_r1c"',
        "r1c completion fish > ~/.config/fish/completions/r1c.fish",
    ),
    options=COMMON,
    arguments=(
        Argument(
            "shell",
            "SHELL",
            {"SHELL": "bash (4.4 or newer), zsh or fish."},
            words=("bash", "zsh", "fish"),
        ),
    ),
)
