"""A `--set` argument -> its assignments, by Helm's own grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from r1c.diagnostics import Path, UserError
from r1c.record import record
from r1c.source import credentials
from r1c.source.scalar import LARGEST

LARGEST_INDEX = 65536
"""Helm's own limit on a list index."""

_INTEGER = re.compile(r"[-+]?[0-9]+")


@record
class Assignment:
    """A place and its value; a value of None (null) removes what is there."""

    path: Path
    value: Any


class _Reader:
    """The text and how far it is read."""

    def __init__(self, text: str) -> None:
        self.text, self.index = text, 0

    def until(self, stops: str) -> tuple[str, str]:
        """Return the text up to one of the stops, and that stop ("" at the end).

        A backslash escapes the next character.
        """
        word = ""
        while self.index < len(self.text):
            char = self.text[self.index]
            self.index += 1
            if char == "\\" and self.index < len(self.text):
                word += self.text[self.index]
                self.index += 1
            elif char in stops:
                return word, char
            else:
                word += char
        return word, ""

    def fault(self, why: str, help_: str) -> UserError:
        """Return the error to raise."""
        return UserError(f"--set {credentials.starred(self.text)}: {why}; {help_}")


def parse(text: str) -> Iterator[Assignment]:
    """Yield the assignments of one --set argument; raises UserError for what Helm would refuse."""
    reader = _Reader(text)
    while reader.index < len(text):
        yield Assignment(_path(reader), _value(reader))


def _path(reader: _Reader) -> Path:
    path: Path = ()
    while True:
        name, stop = reader.until(".[=,")
        if name:
            path = (*path, name)
        if stop == "[":
            path, stop = _indices(reader, path)
        if stop == "=" and path:
            return path
        if stop != ".":
            key = ".".join(map(str, path)) or name
            raise reader.fault(f"{key or 'the argument'} has no value", "write KEY=VALUE")


def _indices(reader: _Reader, path: Path) -> tuple[Path, str]:
    """Read [0], or [0][1], behind a name; return the path and the character that follows."""
    while True:
        number, stop = reader.until("]")
        if stop != "]" or not (number.isascii() and number.isdigit()) or int(number) > LARGEST_INDEX:
            raise reader.fault(f"[{number}] is not an index of a list", "write a number from 0, as in a[0]=x")
        path = (*path, int(number))
        if reader.index >= len(reader.text):
            return path, ""
        stop = reader.text[reader.index]
        reader.index += 1
        if stop != "[":
            return path, stop


def _value(reader: _Reader) -> Any:
    if not reader.text.startswith("{", reader.index):
        word, _ = reader.until(",")
        return typed(word)
    reader.index += 1
    items: list[Any] = []
    while True:
        word, stop = reader.until(",}")
        if stop == "":
            raise reader.fault("the list is not closed", "close it with }")
        if word or stop == "," or items:
            items.append(typed(word))
        if stop == "}":
            break
    if reader.index < len(reader.text) and reader.text[reader.index] != ",":
        raise reader.fault("text follows the list", "separate assignments with commas")
    reader.index += 1
    return items


def typed(word: str) -> Any:
    """Read a value as Helm does: true, false, null, integers without a leading zero, else a string."""
    known = {"true": True, "false": False, "null": None}
    if word.lower() in known:
        return known[word.lower()]
    whole = word == "0" or (_INTEGER.fullmatch(word) and not word.startswith("0") and len(word) < 20)
    return int(word) if whole and abs(int(word)) <= LARGEST else word
