"""The text of a profile in the plainest YAML -> the events that the YAML library gives for it, without it.

Plain is what nearly every profile is: ASCII, maps and lists by indentation, values on one line. For anything
else there are no events at all, and the library is asked; so the library alone decides what is YAML, and
what is wrong with it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

LONGEST_LINE = 1000
"""YAML itself ends a key after 1024 characters."""
DEEPEST = 120
"""Spaces of indentation; beyond them the library counts the levels."""

_ODD = re.compile(r"[^\n -~]")
_KEY = re.compile(r"([A-Za-z0-9_./][A-Za-z0-9_./-]*):(?: +|$)")
_ITEM = re.compile(r"- +(?=[^ #])")
_REST = re.compile(r" *(?: #.*)?$")
_WORD = frozenset(string.ascii_letters + string.digits + ".")
_BEGINS = _WORD | frozenset("_/~")
"""First characters that mean nothing to YAML; + and - are two if a character of a word follows."""
# What not every profile has is compiled where it is met.
_QUOTED = {"'": r"'(?:[^']|'')*'", '"': r'"[^"\\]*"'}
_IN_FLOW = r"[A-Za-z0-9_./][A-Za-z0-9_./-]*"
_FLOW_KEY = rf"({_IN_FLOW}): +"
_COMMA = r" *, *"


class _NotPlain(Exception):  # noqa: N818  # not an error
    """The library has to read this."""


class Event:
    """What begins or ends at a place of a text: a node, or the document.

    `kind` is the name of the library's event, such as MappingStart; `at` are the indices where it begins and
    ends; `flow` tells whether a list or a map is written in brackets.
    """

    __slots__ = ("anchor", "at", "flow", "kind", "style", "tag", "value")

    def __init__(  # noqa: PLR0913, PLR0917  # most have only the first two
        self,
        kind: str,
        at: tuple[int, int],
        value: str = "",
        style: str | None = None,
        tag: object = None,
        anchor: str | None = None,
        flow: bool = False,
    ) -> None:
        """Take the parts."""
        self.kind, self.at, self.value, self.style = kind, at, value, style
        self.tag, self.anchor, self.flow = tag, anchor, flow


def events(text: str) -> list[Event] | None:
    """Return the events of a plain text that holds a map; None if it is not plain."""
    if _ODD.search(text):
        return None
    try:
        lines = list(_lines(text))
        if not lines:
            return None
        reader = _Reader(lines)
        reader.mapping(lines[0][0])
        return reader.events if reader.at == len(lines) else None
    except _NotPlain:
        return None


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield each line with content: its indentation, where it begins after that, and its text."""
    start = 0
    for line in text.split("\n"):
        said = line.lstrip(" ")
        indent = len(line) - len(said)
        if said and said[0] != "#":
            if len(line) > LONGEST_LINE or indent > DEEPEST:
                raise _NotPlain
            yield indent, start + indent, said
        start += len(line) + 1


class _Reader:
    """Goes through the lines once, and notes the events."""

    def __init__(self, lines: list[tuple[int, int, str]]) -> None:
        self.lines = lines
        self.at = 0
        self.events: list[Event] = []

    def mapping(self, indent: int) -> None:
        """Read the keys of one indentation, and what belongs to them."""
        start = self.lines[self.at][1]
        self.events.append(Event("MappingStart", (start, start)))
        while self.at < len(self.lines):
            here, start, said = self.lines[self.at]
            if here < indent:
                break
            key = _KEY.match(said)
            if here > indent or not key:
                raise _NotPlain
            self.events.append(Event("Scalar", (start, start + key.end(1)), key[1]))
            self.at += 1
            if _REST.match(said, key.end(1) + 1):
                self.below(indent)
            else:
                self.value(start, said, key.end())
        self.events.append(Event("MappingEnd", (start, start)))

    def below(self, indent: int) -> None:
        """Read the map or list on the lines below its key."""
        if self.at == len(self.lines):
            raise _NotPlain
        deeper, _, said = self.lines[self.at]
        if _ITEM.match(said) and deeper >= indent:
            self.sequence(deeper)
        elif deeper > indent:
            self.mapping(deeper)
        else:
            raise _NotPlain

    def sequence(self, indent: int) -> None:
        """Read the items of one indentation."""
        start = self.lines[self.at][1]
        self.events.append(Event("SequenceStart", (start, start + 1)))
        while self.at < len(self.lines):
            here, start, said = self.lines[self.at]
            dash = _ITEM.match(said)
            if here < indent or (here == indent and not dash):
                break
            if here > indent or not dash:
                raise _NotPlain
            inside = dash.end()
            if _KEY.match(said, inside):
                self.lines[self.at] = here + inside, start + inside, said[inside:]
                self.mapping(here + inside)
            else:
                self.at += 1
                self.value(start, said, inside)
        self.events.append(Event("SequenceEnd", (start, start)))

    def value(self, start: int, said: str, at: int) -> None:
        """Read a value in the line `said`, which begins at `start`, from `at` on."""
        if said[at] in "[{":
            end = self.flow(start, said, at)
        else:
            end = self.quoted(start, said, at) if said[at] in _QUOTED else self.plain(start, said, at)
        if not _REST.match(said, end):
            raise _NotPlain

    def plain(self, start: int, said: str, at: int) -> int:
        """Read a value without quotes, up to a comment; return where it ends."""
        comment = said.find(" #", at)
        text = (said[at:] if comment < 0 else said[at:comment]).rstrip(" ")
        begins = text[0] in _BEGINS or (text[0] in "+-" and text[1:2] in _WORD)
        if not begins or ": " in text or text[-1] == ":":
            raise _NotPlain
        self.events.append(Event("Scalar", (start + at, start + at + len(text)), text))
        return at + len(text)

    def quoted(self, start: int, said: str, at: int) -> int:
        """Read a value in quotes; return where it ends."""
        style = said[at]
        found = re.compile(_QUOTED[style]).match(said, at)
        if not found:
            raise _NotPlain
        text = found[0][1:-1]
        text = text.replace("''", "'") if style == "'" else text
        self.events.append(Event("Scalar", (start + at, start + found.end()), text, style))
        return found.end()

    def flow(self, start: int, said: str, at: int) -> int:
        """Read a list or a map of single values in brackets; return where it ends."""
        mapping = said[at] == "{"
        flow_key, in_flow, comma = (re.compile(form) for form in (_FLOW_KEY, _IN_FLOW, _COMMA))
        kind, close = ("Mapping", "}") if mapping else ("Sequence", "]")
        self.events.append(Event(f"{kind}Start", (start + at, start + at + 1), flow=True))
        at += 1
        more = said[at : at + 1] != close
        while more:
            if mapping:
                key = flow_key.match(said, at)
                if not key:
                    raise _NotPlain
                self.events.append(Event("Scalar", (start + at, start + key.end(1)), key[1]))
                at = key.end()
            if said[at : at + 1] in _QUOTED:
                end = self.quoted(start, said, at)
            else:
                found = in_flow.match(said, at)
                if not found:
                    raise _NotPlain
                end = found.end()
                self.events.append(Event("Scalar", (start + at, start + end), found[0]))
            next_ = comma.match(said, end)
            at, more = next_.end() if next_ else end, next_ is not None
        if said[at : at + 1] != close:
            raise _NotPlain
        self.events.append(Event(f"{kind}End", (start + at, start + at + 1)))
        return at + 1
