"""`r1c --help` at the usual widths -> a module with the text, so that it takes no command line."""

from __future__ import annotations

from pathlib import Path

import click

from r1c.cli.root import WIDEST, r1c

REPO = Path(__file__).resolve().parent.parent
TARGET = REPO / "compiler" / "r1c" / "help_pages.py"

HEADER = '''"""The page of `r1c --help` by the terminal's columns: made by tools/generate.py from cli/."""

# fmt: off
# ruff: noqa
from __future__ import annotations

from collections.abc import Mapping

'''
COLUMNS = (80, WIDEST)
"""Where no terminal is, and where it is as wide as a page gets, or wider."""


def page(columns: int) -> str:
    """Return the page as click writes it on a terminal of a width."""
    context = click.Context(r1c, info_name="r1c", terminal_width=columns - 2, color=False)
    context.help_option_names = ["-h", "--help"]
    return r1c.get_help(context)


def module() -> str:
    """Return the module as text."""
    lines = [f"WIDEST = {WIDEST}", "", "PAGES: Mapping[int, str] = {"]
    for columns in COLUMNS:
        lines.append(f"    {columns}: (")
        lines += [f"        {line!r}" for line in f"{page(columns)}\n".splitlines(keepends=True)]
        lines.append("    ),")
    return HEADER + "\n".join([*lines, "}", ""])
