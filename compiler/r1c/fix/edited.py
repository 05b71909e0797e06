"""A file's text and an edit -> the edited text, proved to say what it must, and the lines that differ."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from r1c import source
from r1c.diagnostics import Edit, Replacement
from r1c.fix.expected import changed
from r1c.fix.splice import spliced
from r1c.source.events import Unusable

_COMPARED = 200
"""Lines between the first and the last that differ, up to which the ones in between that stay are found."""


def edited(text: str, edit: Edit) -> str | None:
    """Return the text with an edit; None if a change of it cannot be made without touching anything else.

    The text is read again after each change: what it says must be what it said, with the change.
    """
    before = source.read("", text.encode())
    for change in edit.changes:
        try:
            new = spliced(text, change) if before.usable else None
            if new is None:
                return None
            after = source.read("", new.encode())
            expected = changed(before.data, change, after.data)
        except (Unusable, LookupError, TypeError, ValueError):
            # The change does not fit this text: a path that is not there, or what is not YAML halfway.
            return None
        if not after.usable or _exact(after.data) != _exact(expected):
            return None
        text, before = new, after
    return text


def _exact(data: object) -> str:
    """Return data in a form in which 1, 1.0 and true differ, and the order of keys does not count."""
    return json.dumps(data, sort_keys=True)


def replacements(file: str, before: str, after: str) -> Iterator[Replacement]:
    """Yield the whole lines of a file to replace, from the first one on."""
    old, new = (re.split(r"(?<=\n)|(?<=\r)(?!\n)", text) for text in (before, after))
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(len(left), len(right)) > _COMPARED:
        yield Replacement(file, head + 1, head + len(left), "".join(right))
        return
    for kind, start, end, first, last in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind != "equal":
            yield Replacement(file, head + start + 1, head + end, "".join(right[first:last]))


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the lines that are the same from the first one on."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))
