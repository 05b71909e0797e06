"""A document and a position in it -> the path of the profile there, also where it is not valid YAML yet.

Lines of a block have their indentation, which is there before the text is valid again. What is between
brackets is read by the YAML reader as far as it comes.
"""

from __future__ import annotations

import re

from r1c import source
from r1c.diagnostics import Path
from r1c.record import record
from r1c.source.events import Unusable, events

_KEY = re.compile(
    r"^(?P<lead> *(?:- +)*)(?P<quote>[\"']?)(?P<key>[^\s:#\"'{\[]+)(?P=quote):(?=\s|$)(?P<rest>.*)$"
)
_DASHES = re.compile(r"^ *(?:- +)*")
_WORD = re.compile(r"[\"']?[^\s,{}\[\]\"']*$")
"""What is being typed between brackets."""


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

    A new item of a list counts as a key: only the field says whether it is a map.
    """
    above, here = lines(text)[:line], lines(text)[line][:column]
    between = _between_brackets("\n".join([*above, here]))
    if between:
        return between
    match = _KEY.match(here)
    if match and match["rest"]:
        return Cursor((*_above(text, line, len(match["lead"])), match["key"]), on_key=False)
    lead = _DASHES.match(here)
    indent = len(lead[0]) if lead else 0
    return Cursor(_above(text, line, indent), on_key=True)


def _between_brackets(text: str) -> Cursor | None:
    """Return where a text ends that ends between brackets; None if it does not, or has a fault before."""
    read = _WORD.sub("", text)
    path: list[str | int | None] = []  # the key in each map, None where one comes next; in a list a number
    flow: list[bool] = []
    end, rest = 0, ""
    try:
        for event in events(source.Source("", read)):
            kind = event.kind
            if kind in ("MappingStart", "SequenceStart"):
                path.append(None if kind == "MappingStart" else 0)
                rest = ""
                flow.append(event.flow)
            elif kind in ("MappingEnd", "SequenceEnd"):
                path.pop()
                flow.pop()
                path[-1:], rest = map(_following, path[-1:]), ","
            elif kind == "Scalar" and path[-1:] == [None]:
                path[-1], rest = event.value, ":"
            elif kind in ("Scalar", "Alias"):
                path[-1:], rest = map(_following, path[-1:]), ","
            end = event.at[1]
    except Unusable:
        if flow[-1:] == [True] and read[end:].strip() == rest:
            return Cursor(tuple(part for part in path if part is not None), on_key=path[-1] is None)
    return None


def _following(part: str | int | None) -> int | None:
    """Return what follows an item or value: the next item of a list, or a key."""
    return part + 1 if isinstance(part, int) else None


def written(text: str, path: Path) -> str:
    """Return what is written at a path, by the indentation; an empty string where nothing is."""
    for number, line in enumerate(lines(text)):
        match = _KEY.match(line)
        if match and match["key"] == path[-1] and _above(text, number, len(match["lead"])) == path[:-1]:
            return match["rest"].partition(" #")[0].strip(" \"'")
    return ""


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
