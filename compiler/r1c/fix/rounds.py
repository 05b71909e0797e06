"""A profile with faults -> the same profile with those fixed that have an edit, one after the other.

After each edit the profile is checked again: an edit stays only if its fault is gone and no other has come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from r1c import source
from r1c.diagnostics import Diagnostic, Move
from r1c.fix.edited import edited
from r1c.fix.texts import Texts
from r1c.pipeline import Checked
from r1c.profile import parse
from r1c.source import extends

MOST = 500
"""Edits of a profile in one run: a profile has a few hundred values."""
_FORM = frozenset(code.id for code in (*source.CODES, *extends.CODES, *parse.CODES))


def fix(
    analyse: Callable[[], Checked], texts: Texts, editable: Callable[[str], bool], *, unsafe: bool
) -> tuple[Diagnostic, ...]:
    """Edit the texts of a profile until nothing more can be fixed; return the faults that were fixed.

    `analyse` checks the profile as the texts are now; `editable` tells whether a file may be changed.
    """
    checked, made, tried = analyse(), list[Diagnostic](), set[object]()
    while len(made) < MOST:
        item = next(
            (
                item
                for item in checked.diagnostics
                if item.edit and (unsafe or item.edit.safe) and _key(item) not in tried
            ),
            None,
        )
        if item is None or item.edit is None:
            break
        tried.add(_key(item))
        before = texts.text(item.edited) if editable(item.edited) else None
        after = None if before is None else edited(before, item.edit)
        if before is None or after is None:
            continue
        texts.edit(item.edited, after)
        then = analyse()
        if _better(checked, then, item):
            checked = then
            made.append(item)
        else:
            texts.edit(item.edited, before)
    return tuple(made)


def _key(item: Diagnostic) -> object:
    return item.code, item.file, item.path, item.message


def _better(before: Checked, after: Checked, item: Diagnostic) -> bool:
    """Tell whether an edit took its fault away and brought no other.

    While the form of a profile is wrong some rules do not run: what they say after the edit is not new, nor
    is what is wrong with a field that had another name.
    """
    sound = before.recipe is not None
    moved = [change.to for change in item.edit.changes if isinstance(change, Move)] if item.edit else []
    had = Counter(found.code for found in before.diagnostics)
    has = Counter(
        found.code
        for found in after.diagnostics
        if sound or (found.code in _FORM and not any(found.path[: len(to)] == to for to in moved))
    )
    return has[item.code] < had[item.code] and all(count <= had[code] for code, count in has.items())
