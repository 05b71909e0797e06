"""The declaration of `r1c report`."""

from __future__ import annotations

from r1c.cli import actions
from r1c.cli.declaration import Command, Option
from r1c.cli.shared_options import COMMON, PROFILES

REPORT = Command(
    "report",
    actions.report,
    "Write an HTML page about recipes for a reviewer.",
    "The page shows findings, nodes, GPUs, NICs, ranks and stages, the memory of a GPU, the forecast, every "
    "file of the output with the origin of each line, and the facts used with their sources and dates "
    "(docs/report.md). It is one file, and needs neither a network nor a script. "
    "It needs Jinja2, the extra `report`; without it, r1c prints the command that installs it.",
    examples=(
        "r1c report profiles/a3mega.yaml -o report.html",
        "r1c report profiles --rev origin/main -o report.html",
    ),
    statuses={1: "a profile has errors, which the page shows"},
    options=(
        Option(
            "output",
            ("-o", "--output"),
            "File of the page; - for standard output. Of existing files, only a report is replaced.",
            "FILE",
            required=True,
            complete="files",
        ),
        Option(
            "rev",
            ("--rev",),
            "Show what changes on the cluster since this git revision, as `r1c diff` does.",
            "REV",
        ),
        *COMMON,
    ),
    arguments=(PROFILES,),
)
