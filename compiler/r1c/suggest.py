"""A name that is not known -> the known names that the user may have meant."""

from __future__ import annotations

from collections.abc import Iterable

LISTED = 9
"""Longer lists of names are not printed: they hide the message."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to `name`, or None if none is near."""
    import difflib

    by_folded: dict[str, str] = {}
    for candidate in sorted(known):
        by_folded.setdefault(_folded(candidate), candidate)
    found = difflib.get_close_matches(_folded(name), by_folded, n=1, cutoff=0.7)
    return by_folded[found[0]] if found else None


def _folded(name: str) -> str:
    return name.lower().replace("_", "-")


def listed(names: Iterable[str], last: str = "or") -> str:
    """Write names as a list in words: a, b or c."""
    items = list(names)
    return (
        items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else "nothing"
    )


def advice(name: str, known: Iterable[str], what: str) -> str:
    """Say what to write instead of `name`: the nearest known name, or the whole list while it is short."""
    candidates = sorted(known)
    near = closest(name, candidates)
    if near:
        return f"did you mean {near}?"
    if len(candidates) <= LISTED:
        return f"{what}: {listed(candidates, 'and')}"
    return f"there are {len(candidates)} {what}, none of them near this name"
