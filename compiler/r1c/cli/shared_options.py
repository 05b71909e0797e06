"""The options and arguments of the command line that several commands have."""

from __future__ import annotations

from r1c.cli import actions
from r1c.cli.declaration import Argument, Option

# Options of several commands

VERSION = Option("version", ("-V", "--version"), "Show the version and exit.", kind="version")
COMMON = (
    Option("quiet", ("-q", "--quiet"), "Print only results and errors.", kind="setting"),
    Option("verbose", ("-v", "--verbose"), "Name each file; give more details about faults.", kind="setting"),
    Option("plain", ("--no-color",), "Do not use colours.", kind="setting"),
)
STRICT = Option("strict", ("--strict",), "Treat warnings as errors.", kind="flag")

PRUNE = Option(
    "prune",
    ("--prune",),
    "Remove outputs that no profile creates any more; edited and added files stay.",
    kind="flag",
)


def output(help: str) -> Option:
    """Return the option --output, whose default depends on r1c.yaml."""
    said = f"{help} [out, or what r1c.yaml says]"
    return Option("output", ("-o", "--output"), said, "DIR", complete="folders")


def form(*words: str, help: str) -> Option:
    """Return the option --format; its first word is the default."""
    return Option("form", ("--format",), f"{help} [{words[0]}]", kind="choice", default=words[0], words=words)


TABLE = form(
    "table", "json", "csv", help="How to print: table has the main figures, json and csv have all of them."
)
DIAGNOSTICS = form(
    "text",
    "json",
    "sarif",
    "github",
    help="How to print diagnostics: for people, or for tools on standard output.",
)
SOURCE = (
    Option("name", ("--name",), "Name of the recipe; for Helm values, the name of the release.", "NAME"),
    Option(
        "platform", ("--platform",), "Machines of the nodes. [from the source]", "P", complete="platforms"
    ),
    Option("project", ("--project",), "Google Cloud project of the cluster.", "ID"),
    Option("cluster", ("--cluster",), "Name of the cluster.", "C"),
    Option("region", ("--region",), "Region of the cluster.", "R"),
)
"""Options for values that an imported source does not have."""

# Arguments of several commands

PROFILE = Argument("profile", "PROFILE", {"PROFILE": "A file, or - for standard input."}, complete="profiles")
PROFILES = Argument(
    "profiles",
    "[PROFILE...]",
    {
        "PROFILE": "A file, a directory (every Recipe in it and below it), or - for standard input. Default: "
        "all profiles of the repository, where it has an r1c.yaml."
    },
    many=True,
    required=False,
    complete="profiles",
    unset=actions.profiles_of_repository,
)
