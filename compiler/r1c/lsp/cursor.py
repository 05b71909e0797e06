"""A document and a position in it -> the path of the profile there, also where it is not valid YAML yet."""

from __future__ import annotations

import re

from r1c import source
from r1c.diagnostics import Path
from r1c.record import record

_KEY = re.compile(
    r"^(?P<lead> *(?:- +)*)(?P<quote>[\"']?)(?P<key>[^\s:#\"'{\[]+)(?P=quote):(?=\s|$)(?P<rest>.*)$"
)
_DASHES = re.compile(r"^ *(?:- +)*")


@record
class Cursor:
    """A path, and whether the position is on its key; where one is typed, the path is that of its map."""

    path: Path
    on_key: bool


def at(text: str, line: int, column: int) -> Cursor | None:
    """Return the key or scalar at a position, both counted from 0; None where there is neither."""
    document = source.read("", text.encode("utf-8", "replace"))
    if not document.usable:
        return _by_indent(text, line, column)
    for path, entry in document.places.items():
        spans = [(entry.key, True), *([(entry.value, False)] if entry.scalar else [])]
        for span, on_key in spans:
            if span and span.line == line + 1 and span.column - 1 <= column < span.column - 1 + span.length:
                return Cursor(source.named(path), on_key)
    return None


def _by_indent(text: str, line: int, column: int) -> Cursor | None:
    here = lines(text)[line]
    match = _KEY.match(here)
    if not match:
        return None
    path = (*_above(text, line, len(match["lead"])), match["key"])
    return Cursor(path, column < match.end("key"))


def typed(text: str, line: int, column: int) -> Cursor:
    """Return where something is being typed: the map of a new key, or the field of a value.

    It goes by the indentation alone, which is there before the text is valid again.
    """
    here = lines(text)[line][:column]
    match = _KEY.match(here)
    if match and match["rest"]:
        return Cursor((*_above(text, line, len(match["lead"])), match["key"]), on_key=False)
    lead = _DASHES.match(here)
    indent = len(lead[0]) if lead else 0
    return Cursor(_above(text, line, indent), on_key=True)


def lines(text: str) -> list[str]:
    """Return the lines of a document as the protocol counts them."""
    return re.split(r"\r\n|\r|\n", text)


def _above(text: str, line: int, indent: int) -> Path:
    """Return the path of the map whose keys begin at an indentation, from the keys above a line."""
    path: list[str] = []
    for before in reversed(lines(text)[:line]):
        match = _KEY.match(before)
        if match and len(match["lead"]) < indent:
            path.append(match["key"])
            indent = len(match["lead"]) - len(match["lead"].lstrip(" "))
            if "-" in match["lead"]:
                indent = match["lead"].index("-") + 1
        if indent == 0:
            break
    return tuple(reversed(path))
