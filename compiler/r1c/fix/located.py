"""Diagnostics with an edit -> the same with the lines that it replaces, for SARIF, JSON and annotations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from r1c import source
from r1c.diagnostics import Diagnostic, Edit
from r1c.fix.edited import edited, replacements
from r1c.record import replace
from r1c.source import Document, credentials

_READ = 100_000
"""Bytes that are read again for the edits of one report: each edit takes as many as its file has."""


def located(diagnostics: Sequence[Diagnostic], read: Callable[[str], bytes]) -> tuple[Diagnostic, ...]:
    """Add the replaced lines to each diagnostic.

    An edit is left out if the text does not allow it, if its lines have a credential, or if too many
    others of a large file come before it.
    """
    raw, documents = dict[str, bytes](), dict[str, Document]()
    room, done = _READ, list[Diagnostic]()
    for item in diagnostics:
        if item.edit is None:
            done.append(item)
            continue
        if item.edited not in raw:
            raw[item.edited] = read(item.edited)
        room -= len(raw[item.edited])
        if room <= 0:
            done.append(replace(item, edit=None))
            continue
        if item.edited not in documents:
            documents[item.edited] = source.read(item.edited, raw[item.edited])
        done.append(_located(item, item.edit, documents[item.edited]))
    return tuple(done)


def _located(item: Diagnostic, edit: Edit, document: Document) -> Diagnostic:
    before = document.source.text
    after = edited(before, edit)
    found = tuple(replacements(item.edited, before, after)) if after else ()
    shown = "".join(part.text for part in found)
    secret = document.hide(shown) != shown or credentials.starred(shown) != shown
    return replace(
        item, edit=None if secret or not found else item.edit, replacements=() if secret else found
    )


def masked(name: str, raw: bytes) -> list[str]:
    """Return the lines of a file with its credentials masked, each with its line feed."""
    document = source.read(name, raw)
    count = document.source.position(len(document.source.text))[0]
    lines = [document.line(document.source, number) for number in range(1, count + 1)]
    return [f"{line}\n" for line in (lines if lines[-1] else lines[:-1])]
