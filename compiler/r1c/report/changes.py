"""A difference -> its entries as the page shows them, in the words of `r1c diff`."""

from __future__ import annotations

from r1c.difference import Difference, Entry
from r1c.difference.effects import Impact
from r1c.difference.entries import Row, grouped
from r1c.difference.summary import WORDS, folded, headline, moved, named, shown, title
from r1c.record import record


@record
class Group:
    """What an impact is called and says, the command for it if there is one, and the rows that have it."""

    effect: str
    text: str
    command: str | None
    rows: tuple[Row, ...]


@record
class Changed:
    """An object or file that changes, or the cluster."""

    title: str
    groups: tuple[Group, ...]


@record
class Change:
    """What changes in one recipe: `quiet` names what has no effect, `figures` say what the change means."""

    label: str
    summary: str
    entries: tuple[Changed, ...]
    quiet: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]


def change(item: Difference) -> Change:
    """Return a difference in parts."""
    entries = [_entry(entry) for entry in item.entries if not folded(entry)]
    if item.move:
        entries.insert(0, Changed(moved(item.move), (_group(item.move.impact, ()),)))
    quiet = tuple(named(entry) for entry in item.entries if folded(entry))
    figures = tuple((figure.what, shown(figure)) for figure in item.figures)
    return Change(item.label, headline(item).partition(": ")[2], tuple(entries), quiet, figures)


def _entry(entry: Entry) -> Changed:
    return Changed(title(entry), tuple(_group(impact, tuple(rows)) for impact, rows in grouped(entry)))


def _group(impact: Impact, rows: tuple[Row, ...]) -> Group:
    return Group(WORDS[impact.effect], impact.text, impact.command, rows)
