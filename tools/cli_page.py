"""The help of every command -> docs/cli.md, where a reviewer reads it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from r1c.cli.click_commands import HELP, ClickGroup
from r1c.cli.table import R1C

WIDTH = 100


def page() -> str:
    """Return docs/cli.md as text."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The command line"
    yield ""
    yield "Generated from the commands' own help: `r1c --help`, `r1c COMMAND --help`."
    for words, command in _commands("r1c", ClickGroup(R1C)):
        context = click.Context(command, info_name=words, terminal_width=WIDTH, color=False)
        context.help_option_names = [*HELP]
        yield from ("", f"## {words}", "", "```text")
        yield from (line.rstrip() for line in command.get_help(context).splitlines())
        yield "```"


def _commands(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Yield a command and, if it is a group, those in it."""
    yield words, command
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _commands(f"{words} {name}", inner)
