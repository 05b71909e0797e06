"""What a value can come from, and the mark of a value: what it was made of, and what it was made under."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal, NamedTuple

Kind = Literal["field", "default", "fact", "rule", "profile"]
"""field: a field of the profile. default: one that the profile does not give. fact: an entry of r1c's facts,
or of the model's config.json. rule: text that lowering itself writes. profile: the profile as a whole.
"""


class Entry(NamedTuple):
    """What an origin is and where; a tuple, for tens of thousands are compared.

    `name` is the dotted path of a field or fact, or the function of a rule. `file` and `line` say where that
    is, None without a line. `value` is what it has there; `source` and `date` are those of a fact.
    """

    kind: Kind
    name: str
    file: str
    line: int | None = None
    value: str = ""
    source: str = ""
    date: str = ""


class Origin:
    """One source of a value; two of the same entry are the same object, so that sets of them are fast."""

    __slots__ = ("date", "file", "kind", "line", "name", "source", "value")

    def __init__(self, entry: Entry) -> None:
        """Take the fields of the entry."""
        self.kind, self.name, self.file, self.line = entry.kind, entry.name, entry.file, entry.line
        self.value, self.source, self.date = entry.value, entry.source, entry.date

    @property
    def place(self) -> str:
        """FILE:LINE, or FILE where the line is not known."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def order(self) -> tuple[int, str, int, str, str]:
        """Return what origins are sorted by: their kind, then their place."""
        return _ORDER.index(self.kind), self.file, self.line or 0, self.name, self.value


_ORDER: tuple[Kind, ...] = ("field", "profile", "fact", "default", "rule")


@cache
def _known(entry: Entry) -> Origin:
    return Origin(entry)


def origin(kind: Kind, name: str, file: str, line: int | None = None, **more: str) -> Origin:
    """Return the origin with these fields of an Entry."""
    return _known(Entry(kind, name, file, line, **more))


Origins = frozenset[Origin]
Mark = tuple[Origins, Origins]
"""The origins that a value was made of, and those of the conditions under which it was made."""

NO_ORIGINS: Origins = frozenset()
UNMARKED: Mark = (NO_ORIGINS, NO_ORIGINS)


def made_of(one: Origin) -> Mark:
    """Return the mark of a value that is one origin's own."""
    return frozenset((one,)), NO_ORIGINS


def joined(one: Mark, other: Mark) -> Mark:
    """Return the mark of a value that is made of two."""
    if one is other or other is UNMARKED:
        return one
    if one is UNMARKED:
        return other
    if other[0] <= one[0] and other[1] <= one[1]:
        return one
    return one[0] | other[0], one[1] | other[1]


def under(mark: Mark, conditions: Origins) -> Mark:
    """Return the mark of a value that is made under conditions."""
    return mark if conditions <= mark[1] else (mark[0], mark[1] | conditions)


@lru_cache(1 << 16)
def asked(mark: Mark) -> Origins:
    """Return the origins of a condition with this mark: that it is written in a rule says nothing."""
    return frozenset(item for item in (mark[0] | mark[1]) if item.kind != "rule")
