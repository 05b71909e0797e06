"""Names and texts -> the lines of a page, each text wrapped beside its name."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from r1c.diagnostics import Code

WIDTH = 100
"""Columns of a page."""

_NAME = 13


def row(name: str, text: str) -> str:
    """Write a name and a text in one line."""
    return f"{name:<{_NAME}} {text}"


def entries(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of each name and its text; a name with an empty text is left out."""
    for name, text in pairs:
        if text:
            yield from textwrap.wrap(
                text,
                WIDTH,
                initial_indent=row(name, ""),
                subsequent_indent=" " * (_NAME + 1),
                break_long_words=False,
                break_on_hyphens=False,
            )


def page(title: str, what: str, rows: Iterable[tuple[str, str]], codes: Sequence[Code]) -> str:
    """Write the page of a flag or variable: what it is, its entries, and the codes about it."""
    lines = [title, what, "", *entries(rows)]
    if codes:
        lines += [
            "",
            "Codes about it",
            *(f"  {code.id} {code.severity:<7} {code.title}" for code in codes),
        ]
    return "\n".join(lines) + "\n"
