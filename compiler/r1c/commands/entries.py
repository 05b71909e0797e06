"""Names and texts -> the lines of a page, each text wrapped beside its name."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

WIDTH = 100
"""Columns of a page."""

NAME = 13


def entries(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of each name and its text; a name with an empty text is left out."""
    for name, text in pairs:
        if text:
            yield from textwrap.wrap(
                text,
                WIDTH,
                initial_indent=f"{name:<{NAME}} ",
                subsequent_indent=" " * (NAME + 1),
                break_long_words=False,
                break_on_hyphens=False,
            )
