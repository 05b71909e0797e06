"""The word that a shell completes -> its completions; and the script for the shell."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    ShellComplete,
    add_completion_class,
    get_completion_class,
)


@add_completion_class
class Bash(BashComplete):
    """Click's class, for bash, which reads `--format=json` as three words."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is being completed, and that one."""
        words, incomplete = super().get_completion_args()
        return [word for word in words if word != "="], incomplete


def script(shell: str, variable: str) -> str:
    """Return the script that completes r1c's command lines in a shell.

    It calls r1c with a `variable` in the environment.
    """
    maker = get_completion_class(shell)
    assert maker is not None  # noqa: S101  # the table of the command line has no other shells
    # The script asks r1c each time: which commands there are does not matter here.
    command = click.Command("r1c")
    # Not the class's own: for bash it starts a bash, to warn of a version older than 4.4.
    return ShellComplete.source(maker(command, {}, "r1c", variable))


def profiles(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the YAML files and folders that a path may become.

    If a folder is the only choice, its content is listed too: a shell ends a word that has one choice.
    """
    found = _paths(incomplete)
    if len(found) == 1 and found[0].endswith("/"):
        found += _paths(found[0])
    return [CompletionItem(path) for path in found]


def _paths(incomplete: str) -> list[str]:
    folder, slash, start = incomplete.rpartition("/")
    try:
        with os.scandir(Path(folder + slash).expanduser()) as entries:
            names = {entry.name: entry.is_dir() for entry in entries}
    except (OSError, RuntimeError):
        return []
    return [
        f"{folder}{slash}{name}{'/' if is_folder else ''}"
        for name, is_folder in sorted(names.items())
        if name.startswith(start)
        and (start or not name.startswith("."))
        and (is_folder or name.endswith((".yaml", ".yml")))
    ]


def files(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete a file or a folder."""
    return [CompletionItem(incomplete, type="file")]


def folders(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete a folder."""
    return [CompletionItem(incomplete, type="dir")]


def topics(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return every name that `r1c explain` takes; codes and fields have a line about them."""
    from r1c.codes import CODES
    from r1c.commands import explain_lists, explain_repository
    from r1c.profile import fields

    known = {code.id: code.title for code in CODES}
    known |= {code.slug: code.title for code in CODES}
    known |= {field.path: field.description for field in (*fields.every(), *explain_repository.every())}
    known |= dict.fromkeys(explain_lists.names(), "")
    folded = incomplete.casefold()
    return [
        CompletionItem(name, help=text or None)
        for name, text in known.items()
        if name.casefold().startswith(folded)
    ]


def platforms(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the known platforms."""
    from r1c import facts

    return _beginning(incomplete, facts.platforms())


def models(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the known models."""
    from r1c import facts

    return _beginning(incomplete, facts.models())


def releases(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the known vLLM releases, newest first."""
    from r1c.facts import vllm

    return _beginning(incomplete, reversed(vllm.versions()))


def _beginning(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
