"""Rows of cells -> lines of a table with aligned columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

_GAP = "  "


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> Iterator[str]:
    """Yield each row as a line; the columns whose numbers are in `right` are aligned at their end."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield _GAP.join(cells).rstrip()
