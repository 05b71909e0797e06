"""Differences -> the text for a terminal: changes by object, their impacts, and the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c.diagnostics.text import printable
from r1c.difference import Difference, Entry
from r1c.difference.effects import NOTHING, Impact
from r1c.difference.entries import Row, grouped
from r1c.difference.summary import (
    costly_first,
    folded,
    headline,
    moved,
    named,
    not_compared,
    shown,
    title,
    total,
    unchanged,
)

_COLOURS = {"+": "32", "-": "31", "~": "33", ">": "33", "=": "36"}


def as_text(differences: Sequence[Difference], left_out: Sequence[str] = (), *, colour: bool) -> str:
    """Write differences: a block for each recipe that differs, then a summary line for each.

    The costly are first; where several do not differ, they are counted. `left_out` are profiles with errors.
    """
    differences, lines = costly_first(differences), list[str]()
    for item in differences:
        if item.entries:
            lines += [*_block(item), ""]
    whole, same = total(differences), unchanged(differences)
    lines += [whole] if whole else []
    lines += [headline(item) for item in differences if item.entries or not same]
    lines += [same] if same else []
    lines += map(not_compared, left_out)
    return "".join(f"{_paint(printable(line), colour=colour)}\n" for line in lines)


def _paint(line: str, *, colour: bool) -> str:
    code = _COLOURS.get(line.lstrip(" ")[:1])
    return f"\x1b[{code}m{line}\x1b[0m" if colour and code else line


def _block(item: Difference) -> Iterator[str]:
    yield f"{item.old or 'nothing'} -> {item.new or 'nothing'}"
    if item.move:
        yield ""
        yield f"> {moved(item.move)}"
        yield from _impact(item.move.impact)
    for entry in item.entries:
        if not folded(entry):
            yield ""
            yield from _entry(entry)
    whole = item.old is None or item.new is None
    quiet = [entry.document.name if whole else named(entry) for entry in item.entries if folded(entry)]
    if quiet:
        yield ""
        yield f"{'+' if item.old is None else '-' if item.new is None else '~'} {', '.join(quiet)}"
        yield f"  = {NOTHING}"
    if item.figures:
        yield ""
        yield "What it means"
        yield from (f"  {figure.what}: {shown(figure)}" for figure in item.figures)


def _entry(entry: Entry) -> Iterator[str]:
    yield title(entry)
    for impact, found in grouped(entry):
        for row in found:
            yield from _row(row)
        yield from _impact(impact)


def _row(row: Row) -> Iterator[str]:
    values = " -> ".join(text for text in (row.old, row.new) if text is not None)
    place = row.place or "lines"
    yield f"    {row.sign} {place}: {values}" if values else f"    {row.sign} {place}"
    for sign, line in row.lines:
        yield f"        {sign} {line}".rstrip()


def _impact(impact: Impact) -> Iterator[str]:
    yield f"  = {impact.text}"
    if impact.command:
        yield f"      {impact.command}"
