"""A command's docstring -> its help page: usage, description, arguments, options, exit status, examples.

The docstring has the summary and the description as plain paragraphs, then sections of its own: `Arguments:`,
`Environment:` and `Exit status:` with one entry a line (name, two spaces, text), and `Example:` or
`Examples:` with lines that are printed as they are. Click's mark \\b may stand before each.
"""

from __future__ import annotations

import inspect
import re

import click

from r1c.record import record

STATUSES = {
    "0": "done, nothing to report",
    "2": "wrong usage, or a file that cannot be read or written",
    "3": "a fault of r1c itself",
    "130": "interrupted",
}
"""Exit statuses of every command; a docstring adds 1 where the command has it."""

_heading = re.compile(r"^(Arguments|Environment|Exit status|Examples?):$", re.MULTILINE)


@record
class Page:
    """A docstring taken apart: what stands before the first section, and each section's text."""

    text: str
    sections: dict[str, str]

    def entries(self, heading: str) -> list[tuple[str, str]]:
        """Return a section's entries; a deeper line goes on with the entry before it."""
        text = re.sub(r"\n +", " ", self.sections.get(heading, ""))
        parted = (line.partition("  ") for line in text.splitlines())
        return [(name, words.strip()) for name, _, words in parted]


def read(docstring: str | None) -> Page:
    """Take a docstring apart."""
    text, *rest = _heading.split(inspect.cleandoc((docstring or "").replace("\b", "")))
    sections = {heading: inspect.cleandoc(body) for heading, body in zip(rest[::2], rest[1::2], strict=True)}
    return Page(text.strip(), sections)


class Command(click.Command):
    """A command whose help is a page of the manual."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page."""
        page = read(self.help)
        self.format_usage(ctx, formatter)
        _text(formatter, page.text)
        _entries(formatter, "Arguments", page.entries("Arguments"))
        self.format_options(ctx, formatter)
        _entries(formatter, "Environment", page.entries("Environment"))
        statuses = STATUSES | dict(page.entries("Exit status"))
        _entries(formatter, "Exit status", sorted(statuses.items(), key=lambda entry: int(entry[0])))
        for heading in ("Example", "Examples"):
            _verbatim(formatter, heading, page.sections.get(heading, ""))


class Group(Command, click.Group):
    """A group of commands with a page of its own: the commands stand after the options."""

    command_class = Command


def _text(formatter: click.HelpFormatter, text: str) -> None:
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(text)


def _entries(formatter: click.HelpFormatter, heading: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(heading):
            formatter.write_dl(rows)


def _verbatim(formatter: click.HelpFormatter, heading: str, text: str) -> None:
    if text:
        with formatter.section(heading):
            for line in text.splitlines():
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")
