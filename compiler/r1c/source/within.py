"""A character of a YAML string's value -> its place in the text of the file."""

from __future__ import annotations

import re
from typing import Any

from r1c.diagnostics import Path, Span
from r1c.source.document import Document, Stretch

_ESCAPED = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n[ \t]*|.)", re.DOTALL)
_HEADER = re.compile(r"[|>][0-9+-]*[^\n]*\n")


def span_within(document: Document, path: Path, start: int, end: int) -> Span | None:
    """Return the place of a part of a string, as line and column; None if the path is no string."""
    found = stretch_within(document, path, start, end)
    return document.places[path].source.span(*found) if found else None


def stretch_within(document: Document, path: Path, start: int, end: int) -> Stretch | None:
    """Return the place of a part of a string, from its character `start` to before `end`.

    The value is held against what is written for it, character by character: lines of a block have their
    indentation there, and quoted strings their escapes. None if the path is no string of the document.
    """
    entry = document.places.get(path)
    if entry is None:
        return None
    value: Any = document.data
    for part in path:
        value = value[part]
    if not isinstance(value, str):
        return None
    first, last = entry.value_at
    written = entry.source.text[first:last]
    places = _aligned(written, value[: max(end, start + 1)])
    if start >= len(places):
        return first, last
    ending = places[min(end, len(places)) - 1] + 1 if end > start else places[start] + 1
    return first + places[start], first + ending


def _aligned(written: str, value: str) -> list[int]:
    """Return where each character of the value is written; for a space that folding makes, near it."""
    quote = written[:1]
    header = _HEADER.match(written)
    at = header.end() if header else 1 if quote in ("'", '"') else 0
    result: list[int] = []
    for character in value:
        if character in " \n":
            result.append(min(at, max(len(written) - 1, 0)))
            if written[at : at + 1] == character:
                at += 1
            elif quote == '"' and written[at : at + 2] == "\\n" and character == "\n":
                at += 2
            continue
        while at < len(written) and written[at] != character:
            escape = _ESCAPED.match(written, at) if quote == '"' else None
            if escape and not escape[0][1:2].isspace():
                break
            at = escape.end() if escape else at + 1
        result.append(min(at, max(len(written) - 1, 0)))
        escape = _ESCAPED.match(written, at) if quote == '"' else None
        at = escape.end() if escape else at + (2 if quote == "'" and character == "'" else 1)
    return result
