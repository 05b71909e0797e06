"""A profile with faults -> the same profile with those fixed that have an edit, one after the other.

After each edit the profile is checked again: an edit stays only if its fault is gone and no other has come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from r1c import source
from r1c.diagnostics import Diagnostic, Move, Severity
from r1c.fix.edited import edited
from r1c.fix.texts import Texts
from r1c.pipeline import Checked
from r1c.profile import parse
from r1c.record import record
from r1c.source import extends

MOST = 500
"""Edits of a profile in one run: a profile has a few hundred values."""
_FORM = frozenset(code.id for code in (*source.CODES, *extends.CODES, *parse.CODES))


Key = tuple[object, ...]
"""What tells a fault from others after an edit: its line may be another then."""


@record
class Fixed:
    """The faults that were fixed, and why an edit of another one was not made, by its key."""

    made: tuple[Diagnostic, ...]
    refused: Mapping[Key, str]


def fix(
    analyse: Callable[[], Checked], texts: Texts, editable: Callable[[str], bool], *, unsafe: bool
) -> Fixed:
    """Edit the texts of a profile until nothing more can be fixed.

    `analyse` checks the profile as the texts are now; `editable` tells whether a file may be changed. A fault
    has the line that it had at first.
    """
    checked, made, refused, tried = analyse(), list[Diagnostic](), dict[Key, str](), set[Key]()
    first = {key(item): item for item in checked.diagnostics}
    while len(made) < MOST:
        item = next((it for it in checked.diagnostics if _wanted(it, unsafe) and key(it) not in tried), None)
        if item is None or item.edit is None:
            break
        tried.add(key(item))
        if not editable(item.edited):
            refused[key(item)] = f"{item.edited} is outside the repository, or not a regular file"
            continue
        before = texts.text(item.edited)
        after = edited(before, item.edit)
        if after is None:
            refused[key(item)] = "the lines around it would change too"
            continue
        texts.edit(item.edited, after)
        then = analyse()
        new = _brought(checked, then, item)
        if new:
            refused[key(item)] = new
            texts.edit(item.edited, before)
        else:
            checked = then
            made.append(first.get(key(item), item))
    return Fixed(tuple(made), refused)


def key(item: Diagnostic) -> Key:
    """Return what a fault is known by."""
    return item.code, item.file, item.path, item.message


def _wanted(item: Diagnostic, unsafe: bool) -> bool:
    return item.edit is not None and (unsafe or item.edit.safe)


def _brought(before: Checked, after: Checked, item: Diagnostic) -> str:
    """Say why an edit is not kept: its fault is still there, or an error has come; empty if it is.

    While the form of a profile is wrong some rules do not run: what they say after the edit is not new, nor
    is what is wrong with a field that had another name.
    """
    sound = before.recipe is not None
    moved = [change.to for change in item.edit.changes if isinstance(change, Move)] if item.edit else []
    had = Counter(found.code for found in before.diagnostics)
    has = Counter(found.code for found in after.diagnostics)
    if has[item.code] >= had[item.code]:
        return "the fault would still be there"
    errors = Counter(
        found.code
        for found in after.diagnostics
        if found.severity is Severity.ERROR
        and (sound or (found.code in _FORM and not any(found.path[: len(to)] == to for to in moved)))
    )
    new = [code for code, count in errors.items() if count > had[code]]
    return f"the profile would have the error {new[0]}" if new else ""
