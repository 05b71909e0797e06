"""The text of a profile in the plainest YAML -> the events that the YAML library gives for it, without it.

Plain is what nearly every profile is: ASCII, maps and lists by indentation, values on one line. For anything
else there are no events at all, and the library is asked; so the library alone decides what is YAML, and
what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

LONGEST_LINE = 1000
"""YAML itself ends a key after 1024 characters."""
DEEPEST = 120
"""Spaces of indentation; beyond them the library counts the levels."""

_ODD = re.compile(r"[^\n -~]")
_KEY = re.compile(r"([A-Za-z0-9_./][A-Za-z0-9_./-]*):(?: +|$)")
_ITEM = re.compile(r"- +(?=[^ #])")
_REST = re.compile(r" *(?: #.*)?$")
_PLAIN = re.compile(
    # A first character that means nothing to YAML; then no colon before a space, and no # after one.
    r"(?:[A-Za-z0-9_./~]|[-+](?=[A-Za-z0-9.]))(?:[^ :#]|:(?=[^ ])|(?<=[^ ])#| +(?=[^ #]))*"
)
_SINGLE = re.compile(r"'(?:[^']|'')*'")
_DOUBLE = re.compile(r'"[^"\\]*"')
_IN_FLOW = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*")
_FLOW_KEY = re.compile(r"([A-Za-z0-9_./][A-Za-z0-9_./-]*): +")
_COMMA = re.compile(r" *, *")


class _NotPlain(Exception):  # noqa: N818  # not an error
    """The library has to read this."""


class Mark:
    """A place, as the index of a character."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        """Take the index."""
        self.index = index


class _Event:
    """What the library's events have; their names say what they are."""

    __slots__ = ("anchor", "end_mark", "start_mark", "style", "tag", "value")

    def __init__(self, start: int, end: int, value: str = "", style: str | None = None) -> None:
        self.start_mark, self.end_mark = Mark(start), Mark(end)
        self.value, self.style, self.tag, self.anchor = value, style, None, None


class ScalarEvent(_Event):
    """A single value or a key."""

    __slots__ = ()


class MappingStartEvent(_Event):
    """A map begins."""

    __slots__ = ()


class MappingEndEvent(_Event):
    """A map ends."""

    __slots__ = ()


class SequenceStartEvent(_Event):
    """A list begins."""

    __slots__ = ()


class SequenceEndEvent(_Event):
    """A list ends."""

    __slots__ = ()


def events(text: str) -> list[Any] | None:
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
        self.events: list[_Event] = []

    def mapping(self, indent: int) -> None:
        """Read the keys of one indentation, and what belongs to them."""
        start = self.lines[self.at][1]
        self.events.append(MappingStartEvent(start, start))
        while self.at < len(self.lines):
            here, start, said = self.lines[self.at]
            if here < indent:
                break
            key = _KEY.match(said)
            if here > indent or not key:
                raise _NotPlain
            self.events.append(ScalarEvent(start, start + key.end(1), key[1]))
            self.at += 1
            if _REST.match(said, key.end(1) + 1):
                self.below(indent)
            else:
                self.value(start, said, key.end())
        self.events.append(MappingEndEvent(start, start))

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
        self.events.append(SequenceStartEvent(start, start + 1))
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
        self.events.append(SequenceEndEvent(start, start))

    def value(self, start: int, said: str, at: int) -> None:
        """Read a value in the line `said`, which begins at `start`, from `at` on."""
        if said[at] in "[{":
            end = self.flow(start, said, at)
        else:
            found = _PLAIN.match(said, at) or _SINGLE.match(said, at) or _DOUBLE.match(said, at)
            if not found:
                raise _NotPlain
            self.scalar(start, found)
            end = found.end()
        if not _REST.match(said, end):
            raise _NotPlain

    def scalar(self, start: int, found: re.Match[str]) -> None:
        text, style = found[0], None
        if text[0] in "'\"":
            style, text = text[0], text[1:-1]
            text = text.replace("''", "'") if style == "'" else text
        self.events.append(ScalarEvent(start + found.start(), start + found.end(), text, style))

    def flow(self, start: int, said: str, at: int) -> int:
        """Read a list or a map of single values in brackets; return where it ends."""
        mapping = said[at] == "{"
        begin, close = (MappingStartEvent, "}") if mapping else (SequenceStartEvent, "]")
        self.events.append(begin(start + at, start + at + 1))
        at += 1
        more = said[at : at + 1] != close
        while more:
            if mapping:
                key = _FLOW_KEY.match(said, at)
                if not key:
                    raise _NotPlain
                self.events.append(ScalarEvent(start + at, start + key.end(1), key[1]))
                at = key.end()
            found = _IN_FLOW.match(said, at) or _SINGLE.match(said, at) or _DOUBLE.match(said, at)
            if not found:
                raise _NotPlain
            self.scalar(start, found)
            comma = _COMMA.match(said, found.end())
            at, more = comma.end() if comma else found.end(), comma is not None
        if said[at : at + 1] != close:
            raise _NotPlain
        self.events.append((MappingEndEvent if mapping else SequenceEndEvent)(start + at, start + at + 1))
        return at + 1
