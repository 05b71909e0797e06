"""A name that is not known -> the known names that the user may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from r1c.diagnostics import Edit, Path, Put, either
from r1c.record import record

LISTED = 9
"""Longer lists of names are not printed: they hide the message."""

SHOWN = 60
"""Characters of a value that a message shows."""

CUTOFF = 0.7
"""Of two names, twice the letters that match over all letters: what makes them near."""

_LISTS = 64
"""Number of prepared lists of names: a run has few lists, each used for many names."""
_ASKED = 256
"""Number of cached answers: an unknown name is often looked up more than once."""
_CLASSES = 32
"""Letters are counted by the last five bits of their code: one of the alphabet has a class nearly alone."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to `name`, or None if none is near.

    Nearness is difflib's ratio. It is slow, so only the names that two upper bounds of it let through are
    measured, the likeliest first: a profile can hold thousands of names that are not known.
    """
    return _closest(_folded(name), tuple(known))


@lru_cache(maxsize=_ASKED)
def _closest(wanted: str, known: tuple[str, ...]) -> str | None:
    best: tuple[float, str] | None = None
    ready = _prepared(known)
    for bound, candidate in _likely(wanted, ready):
        if best and bound < best[0]:
            break
        measured = _ratio(candidate, wanted), candidate
        if measured[0] >= CUTOFF and (best is None or measured > best):
            best = measured
    return ready.names[best[1]] if best else None


def _folded(name: str) -> str:
    return name.lower().replace("_", "-")


@record
class _Known:
    """A list of known names: each by its folded form, and that form's letters counted up to `most`."""

    names: dict[str, str]
    letters: tuple[tuple[str, int], ...]
    most: int


@lru_cache(maxsize=_LISTS)
def _prepared(known: tuple[str, ...]) -> _Known:
    names: dict[str, str] = {}
    for candidate in sorted(known):
        names.setdefault(_folded(candidate), candidate)
    most = max(map(len, names), default=0)
    return _Known(names, tuple((name, _letters(name, most)) for name in names), most)


def _letters(text: str, most: int) -> int:
    """Count the letters of each class, up to `most`, as that many bits set in the class's part.

    The bits that two texts share are the letters that they share.
    """
    counts: dict[int, int] = {}
    for letter in text:
        place = ord(letter) % _CLASSES
        counts[place] = min(counts.get(place, 0) + 1, most)
    return sum(((1 << count) - 1) << (place * most) for place, count in counts.items())


def _likely(wanted: str, known: _Known) -> list[tuple[float, str]]:
    """Return the candidates that may be near, each with an upper bound of its ratio, highest first.

    Matching blocks are made of letters that both have, and are a subsequence of both.
    """
    if len(wanted) > known.most * (2 / CUTOFF - 1):
        return []
    letters, places = _letters(wanted, known.most), _places(wanted)
    found = []
    for candidate, counted in known.letters:
        whole = len(wanted) + len(candidate)
        if whole and 2.0 * (counted & letters).bit_count() / whole >= CUTOFF:
            bound = 2.0 * _common_subsequence(candidate, places, len(wanted)) / whole
            if bound >= CUTOFF:
                found.append((bound, candidate))
    return sorted(found, reverse=True)


def _places(text: str) -> dict[str, int]:
    """Return each letter with a bit for each of its places."""
    places: dict[str, int] = {}
    for index, letter in enumerate(text):
        places[letter] = places.get(letter, 0) | 1 << index
    return places


def _common_subsequence(candidate: str, places: dict[str, int], length: int) -> int:
    """Return the length of the longest common subsequence; `places` is of the other text.

    This is Hyyrö's form of the bit-parallel algorithm: a cleared bit is a letter that matches.
    """
    every = (1 << length) - 1
    open_ = every
    for letter in candidate:
        if letter in places:
            matched = open_ & places[letter]
            open_ = (open_ + matched) | (open_ - matched)
    return length - (open_ & every).bit_count()


def _ratio(candidate: str, wanted: str) -> float:
    import difflib

    return difflib.SequenceMatcher(None, candidate, wanted).ratio()


_WORD = 4
"""Letters of a word in which one wrong letter is a slip; shorter ones (it, pt, R1) tell names apart."""


def slip(name: str, known: Iterable[str]) -> str | None:
    """Return the one known name that `name` is a slip of.

    A slip is another case, or one letter wrong, missing, too many or out of order in a word. A digit is not
    a slip: GLM-4.6 is another name than GLM-4.5.
    """
    candidates = list(known)
    same = [candidate for candidate in candidates if candidate.casefold() == name.casefold()]
    near = same or [
        candidate for candidate in candidates if _one_letter(name.casefold(), candidate.casefold())
    ]
    return near[0] if len(near) == 1 else None


def sure(name: str, meant: str) -> bool:
    """Tell whether a name can only be a spelling of another: the same letters, or a slip of it."""
    return _folded(name).replace("-", "") == _folded(meant).replace("-", "") or slip(name, [meant]) == meant


def corrected(path: Path, name: str, meant: str | None) -> Edit | None:
    """Return the edit that writes the value that was probably meant; safe if it can only be that one."""
    return either(Put(path, meant), sure=sure(name, meant)) if meant else None


def copy_of(name: str, known: Iterable[str]) -> str | None:
    """Return the one known model that has the last part of a name: a mirror's copy, or no publisher."""
    own = [candidate for candidate in known if _last(candidate) == _last(name)]
    return own[0] if len(own) == 1 else None


def _last(name: str) -> str:
    return name.rpartition("/")[2].casefold()


def other_number(name: str, known: Iterable[str]) -> str | None:
    """Return the one known name that `name` differs from in one digit, or in the order of two.

    It may be the name of something newer, or a slip: GLM-4.6 is not GLM-4.5, and 253B is perhaps 235B.
    """
    near = [
        candidate
        for candidate in known
        if (found := _difference(name.casefold(), candidate.casefold()))
        and all(letter.isdigit() for letter in found[1])
    ]
    return near[0] if len(near) == 1 else None


def _one_letter(name: str, candidate: str) -> bool:
    """Tell whether two names differ in one letter, or in the order of two, inside a word of the candidate."""
    found = _difference(name, candidate)
    if found is None or not all(letter.isalpha() for letter in found[1]):
        return False
    # The word that the change is in, or at the end of.
    left = right = found[0]
    while left and candidate[left - 1].isalpha():
        left -= 1
    while right < len(candidate) and candidate[right].isalpha():
        right += 1
    return right - left >= _WORD


def cut(text: str) -> str:
    """Shorten a text to what a message shows."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def with_type(value: Any) -> str:
    """Return a value with its type in YAML's words: the string "two", the number 2.5, a list."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the string "{cut(value)}"'
    if isinstance(value, Mapping):
        return "a map"
    return "a list" if isinstance(value, list | tuple) else f"the number {value}"


def _difference(name: str, candidate: str) -> tuple[int, set[str]] | None:
    """Return where two names differ, and the characters of it.

    None if they are the same, or differ in more than one character or the order of two.
    """
    if abs(len(name) - len(candidate)) > 1:
        return None
    start = next((i for i, pair in enumerate(zip(name, candidate, strict=False)) if pair[0] != pair[1]), None)
    start = min(len(name), len(candidate)) if start is None else start
    ours, theirs = name[start:], candidate[start:]
    swapped = len(ours) > 1 and len(theirs) > 1 and ours[:2] == theirs[1::-1] and ours[2:] == theirs[2:]
    if swapped or ours[1:] == theirs[1:]:
        changed = {*ours[: 1 + swapped], *theirs[: 1 + swapped]}
    elif ours[1:] == theirs:
        changed = {ours[0]}
    elif ours == theirs[1:]:
        changed = {theirs[0]}
    else:
        return None
    return (start, changed) if changed else None


def counted(number: int, noun: str) -> str:
    """Write a number of things: 1 node, 2,000 nodes."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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
    return f"no similar name among the {len(candidates)} {what}"
