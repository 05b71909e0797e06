"""Diagnostics with an edit -> the same with the lines that it replaces, for SARIF, JSON and annotations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from r1c import source
from r1c.diagnostics import Diagnostic
from r1c.fix.edited import edited, replacements
from r1c.record import replace
from r1c.source import credentials


def located(diagnostics: Sequence[Diagnostic], read: Callable[[str], bytes]) -> tuple[Diagnostic, ...]:
    """Add the replaced lines to each diagnostic.

    An edit is left out if the text does not allow it, or if its lines have a credential.
    """
    return tuple(_located(item, read(item.edited)) if item.edit else item for item in diagnostics)


def _located(item: Diagnostic, raw: bytes) -> Diagnostic:
    document = source.read(item.edited, raw)
    before = document.source.text
    after = edited(before, item.edit) if item.edit else None
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
