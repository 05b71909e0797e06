"""Values that carry their origins: strings by the stretch, numbers, truth values and None as a whole.

They are equal to the plain values and hash as they do; operations on them keep the origins.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from r1c.origin.origins import NO_ORIGINS, UNMARKED, Mark, Origins, joined, under

Run = tuple[int, Mark]
"""A number of characters with one mark."""


class Str(str):
    """A string whose stretches have marks; `runs` cover it from its beginning to its end.

    An empty string has one run without characters, so that it has an origin too.
    """

    __slots__ = ("ends", "runs", "seen")
    ends: list[int] | None
    runs: tuple[Run, ...]
    seen: Origins

    def __new__(cls, text: str, runs: tuple[Run, ...]) -> Str:
        """Keep the text and its runs."""
        made = super().__new__(cls, text)
        made.runs = runs
        made.seen, made.ends = NO_ORIGINS, None
        return made

    @property
    def mark(self) -> Mark:
        """The marks of all its stretches, joined."""
        return union(mark for _, mark in self.runs)

    def __add__(self, other: str) -> Str:  # noqa: D105
        return concatenated((self, other))

    def __radd__(self, other: str) -> Str:  # noqa: D105
        return concatenated((other, self))

    def __mul__(self, times: Any) -> Str:  # noqa: D105
        return concatenated([self] * int(times))

    def __str__(self) -> Str:  # noqa: D105
        return self

    def __getitem__(self, index: Any) -> Str:  # noqa: D105
        start, stop, step = (
            index.indices(len(self)) if isinstance(index, slice) else (*_one(index, len(self)), 1)
        )
        text = str.__getitem__(self, index)
        return self.part(start, max(stop, start)) if step == 1 else whole(text, self.mark)

    def __iter__(self) -> Iterator[Str]:  # noqa: D105
        return (self.part(place, place + 1) for place in range(len(self)))

    def part(self, start: int, stop: int) -> Str:
        """Return the characters from `start` to before `stop`, with their marks."""
        if self.ends is None:
            self.ends = list(itertools.accumulate([length for length, _ in self.runs]))
        found: list[Run] = []
        for number in range(bisect.bisect_left(self.ends, start), len(self.runs)):
            length, mark = self.runs[number]
            at = self.ends[number] - length
            if at > stop:
                break
            taken = min(stop, at + length) - max(start, at)
            if taken > 0 or (length == 0 and start < at):  # or what was left out here
                found.append((taken, mark))
        if not found:
            last = min(bisect.bisect_right(self.ends, start), len(self.runs) - 1)
            found.append((0, self.runs[last][1]))
        return Str(str.__getitem__(self, slice(start, stop)), tuple(found))

    def join(self, parts: Iterable[str]) -> Str:  # noqa: D102
        found: list[str] = []
        for number, part in enumerate(parts):
            found += (self, part) if number else (part,)
        return concatenated(found) if found else Str("", self.runs[:0] or ((0, UNMARKED),))

    def replace(self, old: str, new: str, count: Any = -1) -> Str:  # noqa: D102
        if str.find(self, old) < 0:
            return self
        pieces = self.split(old, int(count))
        made: list[str] = [pieces[0]]
        for piece in pieces[1:]:
            made += (new, piece)
        return concatenated(made)

    def split(self, separator: str | None = None, maxsplit: Any = -1) -> list[Str]:  # type: ignore[override]  # noqa: D102
        found, at = [], 0
        for piece in str.split(self, separator, int(maxsplit)):
            at = str.index(self, piece, at) if separator is None else at
            found.append(self.part(at, at + len(piece)))
            at += len(piece) + len(separator or "")
        return found

    def splitlines(self, keepends: Any = False) -> list[Str]:  # type: ignore[override]  # noqa: D102
        found, at = [], 0
        for kept, bare in zip(str.splitlines(self, True), str.splitlines(self), strict=True):
            found.append(self.part(at, at + len(kept if keepends else bare)))
            at += len(kept)
        return found

    def partition(self, separator: str) -> tuple[Str, Str, Str]:  # noqa: D102
        return self._parted(*map(len, str.partition(self, separator)))

    def rpartition(self, separator: str) -> tuple[Str, Str, Str]:  # noqa: D102
        return self._parted(*map(len, str.rpartition(self, separator)))

    def _parted(self, first: int, middle: int, _: int) -> tuple[Str, Str, Str]:
        return self.part(0, first), self.part(first, first + middle), self.part(first + middle, len(self))

    def removeprefix(self, prefix: str) -> Str:  # noqa: D102
        return self.part(len(self) - len(str.removeprefix(self, prefix)), len(self))

    def removesuffix(self, suffix: str) -> Str:  # noqa: D102
        return self.part(0, len(str.removesuffix(self, suffix)))

    def encode(self, *_: Any) -> Encoded:  # noqa: D102
        made = Encoded(_text(self).encode())
        made.text = self
        return made

    def strip(self, characters: str | None = None) -> Str:  # noqa: D102
        return self.lstrip(characters).rstrip(characters)

    def lstrip(self, characters: str | None = None) -> Str:  # noqa: D102
        return self.part(len(self) - len(str.lstrip(self, characters)), len(self))

    def rstrip(self, characters: str | None = None) -> Str:  # noqa: D102
        return self.part(0, len(str.rstrip(self, characters)))


class Encoded(bytes):
    """The bytes of a string with origins."""

    text: Str


def _one(index: Any, length: int) -> tuple[int, int]:
    place = int(index) + (length if index < 0 else 0)
    return place, place + 1


def _derived(cls: type, base: type, names: Iterable[str], make: Callable[[Any, Mark], Any]) -> None:
    """Give a class the operations of its base whose results come from all their operands as a whole."""
    for name in names:
        plain = getattr(base, name)

        def operation(self: Any, *others: Any, _plain: Any = plain, **named: Any) -> Any:
            mark = union(mark_of(item) for item in (self, *others, *named.values()))
            return make(_plain(self, *others, **named), mark)

        setattr(cls, name, operation)


class Int(int):
    """An integer with a mark."""

    mark: Mark

    def __str__(self) -> Str:  # noqa: D105
        return whole(int.__repr__(self), self.mark)


class Float(float):
    """A float with a mark."""

    mark: Mark

    def __str__(self) -> Str:  # noqa: D105
        return whole(float.__repr__(self), self.mark)


class Truth(int):
    """True or False with a mark; no class can have bool as its parent."""

    mark: Mark

    def __str__(self) -> Str:  # noqa: D105
        return whole(str(bool(self)), self.mark)


class Nothing:
    """None with a mark."""

    __slots__ = ("mark",)

    def __init__(self, mark: Mark) -> None:
        """Keep the mark."""
        self.mark = mark

    def __bool__(self) -> bool:  # noqa: D105
        return False

    def __eq__(self, other: object) -> bool:  # noqa: D105
        return other is None or isinstance(other, Nothing)

    def __hash__(self) -> int:  # noqa: D105
        return hash(None)


class FixedMap(dict[Any, Any]):
    """A map of which nobody changes an item: one of the profile, the facts, or a constant.

    `own` is the mark of the map itself, which says where an empty one comes from.
    """

    own: Mark = UNMARKED
    conditions: Origins = NO_ORIGINS


class Carrying(FixedMap):
    """A map whose items are made under conditions, which each gets when it is read.

    The tables of the facts are large, and little is read of them. Python reads a dict whose class has its
    own `__iter__` through these methods, also in `dict(...)`, `{**...}` and `|`.
    """

    read: FixedMap | None = None

    def __getitem__(self, key: Any) -> Any:  # noqa: D105
        return carried(dict.__getitem__(self, key), self.conditions)

    def get(self, key: Any, default: Any = None) -> Any:  # noqa: D102
        return self[key] if key in self else default  # noqa: SIM401  # this is get itself

    def __iter__(self) -> Iterator[Any]:  # noqa: D105
        return iter(self._read())

    def __reversed__(self) -> Iterator[Any]:  # noqa: D105
        return reversed(self._read())

    def keys(self) -> Any:  # noqa: D102
        return self._read().keys()

    def values(self) -> Any:  # noqa: D102
        return self._read().values()

    def items(self) -> Any:  # noqa: D102
        return self._read().items()

    def _read(self) -> FixedMap:
        if self.read is None:
            held, pairs = self.conditions, dict.items(self)
            self.read = FixedMap((carried(key, held), carried(item, held)) for key, item in pairs)
        return self.read


class FixedList(list[Any]):
    """A list of which nobody changes an item; `own` as for a map."""

    own: Mark = UNMARKED


class FixedTuple(tuple[Any, ...]):
    """A tuple with a mark of its own."""

    own: Mark = UNMARKED


def fixed(kind: Any, items: Any, own: Mark) -> Any:
    """Return a fixed container with a mark of its own."""
    made = kind(items)
    made.own = own
    return made


MARKED = (Str, Int, Float, Truth, Nothing)
FIXED = (FixedMap, FixedList, FixedTuple)


def whole(text: str, mark: Mark) -> Str:
    """Return a string with one mark."""
    return Str(text, ((len(text), mark),))


def concatenated(parts: Iterable[str]) -> Str:
    """Return strings one behind the other, each with its marks."""
    held = list(parts)
    runs: list[Run] = []
    for part in held:
        for run in part.runs if isinstance(part, Str) else ((len(part), UNMARKED),):
            if runs and runs[-1][1] is run[1]:
                runs[-1] = (runs[-1][0] + run[0], run[1])
            elif run[0] or run[1] is not UNMARKED:
                runs.append(run)
    return Str("".join([_text(part) for part in held]), tuple(runs) or ((0, UNMARKED),))


def _text(value: str) -> str:
    return str.__getitem__(value, slice(None)) if type(value) is not str else value


def union(marks: Iterable[Mark]) -> Mark:
    """Return marks joined to one."""
    made = UNMARKED
    for mark in marks:
        made = joined(made, mark)
    return made


def mark_of(value: Any) -> Mark:
    """Return the mark of a value; of a container all that is in it."""
    if isinstance(value, MARKED):
        return value.mark
    own: Mark = getattr(value, "own", UNMARKED) if isinstance(value, FIXED) else UNMARKED
    if isinstance(value, dict):
        return joined(own, union(mark_of(item) for pair in value.items() for item in pair))
    if isinstance(value, list | tuple | set | frozenset):
        return joined(own, union(mark_of(item) for item in value))
    return UNMARKED


def conditions_of(value: Any) -> Origins:
    """Return the conditions that all stretches of a marked scalar were made under."""
    if isinstance(value, Str):
        return frozenset.intersection(*(mark[1] for _, mark in value.runs))
    return mark_of(value)[1]


def marked(value: Any, mark: Mark) -> Any:
    """Return a plain value with a mark, and all that is in it; what cannot carry one is returned as it is."""
    kind = type(value)
    if kind is str:
        return whole(value, mark)
    if kind is bool:
        return number(Truth, value, mark)
    if kind is int:
        return number(Int, value, mark)
    if kind is float:
        return number(Float, value, mark)
    if value is None:
        return Nothing(mark)
    if isinstance(value, MARKED):
        return remarked(value, lambda own: joined(own, mark))
    return inside(value, lambda item: marked(item, mark))


def number(kind: Any, value: Any, mark: Mark) -> Any:
    """Return a number or truth value with a mark."""
    made = kind(value)
    made.mark = mark
    return made


def remarked(value: Any, change: Callable[[Mark], Mark]) -> Any:
    """Return a marked scalar with each of its marks changed."""
    if isinstance(value, Str):
        runs = tuple([(length, change(mark)) for length, mark in value.runs])
        return Str(_text(value), runs)
    if isinstance(value, Nothing):
        return Nothing(change(value.mark))
    return number(type(value), value, change(value.mark))


def inside(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a container with each item changed: a list or dict that may yet change is changed itself."""
    kind = type(value)
    if isinstance(value, FixedMap):
        return fixed(FixedMap, [(change(key), change(item)) for key, item in value.items()], value.own)
    if kind is FixedList or kind is FixedTuple:
        return fixed(kind, [change(item) for item in value], value.own)
    if kind is tuple:
        return tuple([change(item) for item in value])
    if kind is dict:
        items = [(change(key), change(item)) for key, item in value.items()]
        value.clear()
        value.update(items)
    elif kind is list:
        value[:] = [change(item) for item in value]
    return value


def carried(value: Any, conditions: Origins) -> Any:
    """Return a value as one that is made under conditions."""
    if not conditions:
        return value
    if isinstance(value, FixedMap):
        made = fixed(Carrying, dict.items(value), under(value.own, conditions))
        made.conditions = value.conditions | conditions
        return made
    if isinstance(value, Str):
        if conditions <= value.seen:
            return value
        made = remarked(value, lambda own: under(own, conditions))
        made.seen = conditions
        return made
    if isinstance(value, MARKED):
        return remarked(value, lambda own: under(own, conditions))
    if value is None or type(value) in (str, int, float, bool):
        return marked(value, (NO_ORIGINS, conditions))
    made = inside(value, lambda item: carried(item, conditions))
    if isinstance(value, FIXED):
        made.own = under(value.own, conditions)
    return made


def plain(value: Any) -> Any:
    """Return a value without its origins, and all that is in it."""
    if isinstance(value, Str):
        return _text(value)
    if isinstance(value, Truth):
        return bool(value)
    if isinstance(value, Int):
        return int(value)
    if isinstance(value, Float):
        return float(value)
    if isinstance(value, Nothing):
        return None
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in dict.items(value)}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple([plain(item) for item in value])
    if isinstance(value, set | frozenset):
        return type(value)(plain(item) for item in value)
    return value


_ARITHMETIC = [
    f"__{side}{name}__"
    for name in ("add", "sub", "mul", "mod", "floordiv", "truediv", "pow")
    for side in ("", "r")
]
_UNARY = ["__neg__", "__abs__"]
_BITS = [f"__{side}{name}__" for name in ("and", "or", "xor", "lshift", "rshift") for side in ("", "r")]
_TEXT = [
    "lower", "upper", "title", "capitalize", "casefold", "center", "ljust", "rjust", "zfill", "format",
    "translate", "swapcase", "expandtabs", "__mod__", "find", "rfind", "count", "index", "rindex",
]  # fmt: skip
for _class, _base, _names in (
    (Str, str, _TEXT),
    (Int, int, _ARITHMETIC + _UNARY + _BITS + ["__invert__", "__ceil__", "__floor__", "__round__"]),
    (Float, float, _ARITHMETIC + _UNARY + ["__ceil__", "__floor__", "__round__"]),
):
    _derived(
        _class, _base, _names, lambda value, mark: value if value is NotImplemented else marked(value, mark)
    )
