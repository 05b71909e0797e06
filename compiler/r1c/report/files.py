"""The lines of an output with their origins -> the files, and the facts that a page relies on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from r1c.origin.origins import Origin
from r1c.origin.trace import Line
from r1c.origin.wording import parts, short
from r1c.record import record

Lines = Mapping[str, tuple[Line, ...]]


@record
class FileLine:
    """A line: its origin in few words, and what `r1c explain` says of it, by the titles."""

    number: int
    text: str
    short: str
    said: Mapping[str, tuple[str, ...]]


@record
class File:
    """A file of the output."""

    path: str
    lines: tuple[FileLine, ...]


@record
class Facts:
    """The facts of one source and date that a page relies on: the name, value and place of each."""

    source: str
    date: str
    entries: tuple[tuple[str, str, str], ...]


def files(made: Lines, profile: str) -> tuple[File, ...]:
    """Return the files in the order of the output."""
    return tuple(
        File(path, tuple(_line(line, profile) for line in lines)) for path, lines in sorted(made.items())
    )


def _line(line: Line, profile: str) -> FileLine:
    return FileLine(line.number, line.text, short(line), parts(line, profile))


def facts(made: Lines, others: Iterable[Origin]) -> tuple[Facts, ...]:
    """Return the facts that the lines are made of or were decided by, and others, by source.

    They are in the order of their files.
    """
    used = set(others) | {
        origin
        for lines in made.values()
        for line in lines
        for origin in (*line.made_of, *line.conditions)
        if origin.kind == "fact"
    }
    groups: dict[tuple[str, str], list[Origin]] = {}
    for fact in sorted(used, key=Origin.order):
        groups.setdefault((fact.source or fact.file, fact.date), []).append(fact)
    return tuple(
        Facts(source, date, tuple((fact.name, fact.value, fact.place) for fact in entries))
        for (source, date), entries in groups.items()
    )
