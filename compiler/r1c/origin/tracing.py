"""What the rewritten code of a stage calls in place of Python's own operations (rewriting.py).

The results are those of the plain operations, with origins. One Tracing is one run.
"""

from __future__ import annotations

import functools
import json
import operator
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from r1c.origin.json_text import written
from r1c.origin.origins import NO_ORIGINS, UNMARKED, Mark, Origins, asked
from r1c.origin.package_file import Content
from r1c.origin.substitution import substituted
from r1c.origin.values import (
    FIXED,
    MARKED,
    FixedList,
    FixedMap,
    FixedTuple,
    Float,
    Int,
    Nothing,
    Str,
    Truth,
    carried,
    concatenated,
    conditions_of,
    fixed,
    mark_of,
    marked,
    number,
    plain,
    union,
    whole,
)
from r1c.record import record, replace

_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "Eq": operator.eq, "NotEq": operator.ne, "Lt": operator.lt, "LtE": operator.le,
    "Gt": operator.gt, "GtE": operator.ge,
}  # fmt: skip

_PASSING: tuple[Any, ...] = (
    zip, enumerate, sorted, reversed, iter, next, map, filter, dict, list, tuple, set, frozenset,
    sum, getattr, hasattr, slice, super, property, staticmethod, classmethod, vars, callable, id, hash,
    dict.fromkeys, functools.partial, functools.reduce,
)  # fmt: skip
"""Functions that hand their arguments on, so that these keep their origins by themselves."""

_EMPTY: Mapping[Any, Any] = {dict: FixedMap, list: FixedList, tuple: FixedTuple}
_CONTAINERS: tuple[type[Any], ...] = (
    *(dict, list, tuple, set, frozenset),
    *(type({}.keys()), type({}.items()), type({}.values())),
)
_ADDING = frozenset({"append", "extend", "insert", "update", "setdefault", "add"})
_LOOKING_UP = frozenset({"get", "pop", "index"})


class Tracing:
    """The operations, and the conditions under which the code runs right now."""

    def __init__(self, is_traced: Callable[[Any], bool]) -> None:
        """Keep what tells whether a function or class is of rewritten code."""
        self.conditions: Origins = NO_ORIGINS
        self.records: dict[int, tuple[Any, Origins]] = {}
        self._is_traced = is_traced
        self._special: dict[Any, Callable[..., Any]] = {
            **{str: self._str, repr: self._repr, int: self._int, float: self._float, bool: self._bool},
            **{len: self._len, isinstance: self._isinstance, type: self._type, range: self._range},
            **{any: self._any, all: self._all, min: self._extreme(min), max: self._extreme(max)},
            **{re.sub: self._sub, json.dumps: self._dumps, json.loads: self._loads},
        }

    # -- what is written in the code -----------------------------------------------------------------------

    def constant(self, value: Any, mark: Mark) -> Any:
        """Return a constant of the code."""
        made = whole(value, mark) if type(value) is str else marked(value, mark)
        return carried(made, self.conditions)

    def text(self, *parts: Any) -> Str:
        """Return an f-string."""
        made: Str = carried(concatenated(parts), self.conditions)
        return made

    def formatted(self, value: Any, conversion: int, form: Any) -> Any:
        """Return one value of an f-string."""
        if conversion == ord("r"):
            value = self._repr(value)
        if isinstance(value, str) and not form:
            return value
        text = str(plain(value)) if not form else format(plain(value), plain(form))
        return whole(text, mark_of(value))

    def fixed(self, made: Any) -> Any:
        """Return a list or dict that the code writes and does not change."""
        if isinstance(made, dict):
            return FixedMap(made)
        return FixedList(made) if isinstance(made, list) else made

    def items(self, made: Any) -> Any:
        """Return a list, tuple, set or dict that the code writes."""
        for item in made.values() if isinstance(made, dict) else made:
            if self._is_record(item):
                self._kept(item, self.conditions)
        return carried(made, self.conditions)

    def yielded(self, value: Any) -> Any:
        """Return what a generator yields."""
        return self._kept(value, self.conditions)

    def after(self, value: Any) -> Any:
        """Return a value that a branch has set, or might have set, or adds to another."""
        return carried(value, self.conditions)

    def each(self, values: Iterable[Any]) -> Iterator[Any]:
        """Yield what a loop goes through; its turn is made under the conditions of the item."""
        held = self.conditions
        for value in values:
            self.conditions = held | self._asked(value)
            yield value

    # -- conditions ----------------------------------------------------------------------------------------

    def branch(self, test: Any) -> bool:
        """Tell whether a branch is taken; what follows is made under its condition."""
        self.conditions |= self._asked(test)
        return bool(test)

    def _asked(self, test: Any) -> Origins:
        """Return the origins that decide whether something is there, and what it is.

        A list or map that is not a constant is there for the conditions that all its items have in common; a
        record for those under which it was made.
        """
        if type(test) in (dict, list):
            return self._shared(test)
        if id(test) in self.records:
            return self.records[id(test)][1]
        return asked(mark_of(test))

    def _shared(self, value: Any) -> Origins:
        found = [self.conditions_of(item) for item in _leaves(value)]
        return frozenset.intersection(*found) if found else NO_ORIGINS

    def conditions_of(self, value: Any) -> Origins:
        """Return the conditions under which a value was made, and put where it is."""
        return self.records[id(value)][1] if id(value) in self.records else conditions_of(value)

    def _kept(self, value: Any, conditions: Origins) -> Any:
        """Return a value that is put somewhere under conditions; of a record they are noted."""
        if conditions and self._is_record(value):
            self.records[id(value)] = value, self.conditions_of(value) | conditions
            return value
        return carried(value, conditions)

    def _is_record(self, value: Any) -> bool:
        return hasattr(type(value), "__match_args__") and self._is_traced(type(value))

    def chosen(self, value: Any, test: Any) -> Any:
        """Return a value that a condition chose."""
        return self._kept(value, self._asked(test))

    def choice(self, test: Any, one: Callable[[], Any], other: Callable[[], Any]) -> Any:
        """Return `one if test else other`."""
        return self._under(test, one if test else other)

    def _under(self, test: Any, make: Callable[[], Any]) -> Any:
        asked_, held = self._asked(test), self.conditions
        self.conditions = held | asked_
        made = self._kept(make(), asked_)
        self.conditions = held
        return made

    def and_(self, first: Any, make: Callable[[], Any]) -> Any:
        """Return `first and ...`."""
        return self._under(first, make) if first else first

    def or_(self, first: Any, make: Callable[[], Any]) -> Any:
        """Return `first or ...`."""
        return first if first else self._under(first, make)

    def assigned(self, value: Any) -> Any:
        """Return a value that is assigned or returned under a condition; shared records stay as they are."""
        return carried(value, self.conditions) if isinstance(value, (str, int, float, Nothing)) else value

    def negated(self, value: Any) -> Any:
        """Return `not value`."""
        return number(Truth, not value, (self._asked(value), NO_ORIGINS))

    def compared(self, left: Any, name: str, right: Any) -> Any:
        """Return a comparison of two values."""
        if name in ("In", "NotIn"):
            found = right.find(left) >= 0 if isinstance(right, str) else left in right
            seen = self._asked(left) | self._held(right, left, found)
            return number(Truth, found is (name == "In"), (seen, NO_ORIGINS))
        if name in ("Is", "IsNot"):
            same = self._same(left, right)
            return number(Truth, same is (name == "Is"), (self._asked(left) | self._asked(right), NO_ORIGINS))
        result = _COMPARED[name](left, right)
        if not isinstance(result, bool):
            return result
        return number(Truth, result, (self._asked(left) | self._asked(right), NO_ORIGINS))

    def _held(self, container: Any, item: Any, found: bool) -> Origins:
        """Return the origins by which an item is in a container: those of its equal there."""
        if isinstance(container, str):
            return self._asked(container)
        if not found or isinstance(container, range):
            return NO_ORIGINS
        return self._asked([other for other in container if other == item])

    def _same(self, left: Any, right: Any) -> bool:
        if isinstance(left, MARKED) or isinstance(right, MARKED):
            left, right = plain(left), plain(right)
            if left is not None and type(left) is not bool:
                return bool(left == right)
        # A record that was chosen from a table is a copy (_selected).
        return left is right or (self._is_record(left) and bool(left == right))

    # -- items and calls -----------------------------------------------------------------------------------

    def item(self, held: Any, key: Any) -> Any:
        """Return `held[key]`; which item it is depends on the key."""
        if isinstance(held, str) and not isinstance(held, Str):
            held = whole(held, UNMARKED)
        if isinstance(held, list | tuple):
            key = (
                plain(key)
                if not isinstance(key, slice)
                else slice(*map(plain, (key.start, key.stop, key.step)))
            )
        found = held[key]
        if not isinstance(key, MARKED) or not isinstance(held, dict):
            return found
        return self._selected(found, self._asked(key))

    def _selected(self, found: Any, conditions: Origins) -> Any:
        """Return what is in a table under a key: a record or function is there for others too."""
        if not conditions:
            return found
        if self._is_record(found):
            return replace(
                found, **{name: carried(getattr(found, name), conditions) for name in found.__match_args__}
            )
        if isinstance(found, types.FunctionType):
            return _Chosen(found, conditions)
        return carried(found, conditions)

    def call(self, function: Any, /, *values: Any, **named: Any) -> Any:
        """Return the result of a call."""
        own = getattr(function, "__self__", None)
        try:
            special = self._special.get(function)
        except TypeError:
            special = None
        if special:
            return special(*values, **named)
        if isinstance(own, _CONTAINERS):
            return self._of_container(function, own, values, named)
        if isinstance(own, MARKED):
            return function(*values, **{name: plain(value) for name, value in named.items()})
        if isinstance(own, str):
            return getattr(whole(own, UNMARKED), function.__name__)(*values, **named)
        if isinstance(own, json.JSONEncoder):
            return written(values[0], self._layout(vars(own)))
        if isinstance(function, _Chosen) or self._is_traced(function):
            return self._of_stage(function, values, named)
        return self._of_python(function, values, named)

    def _of_stage(self, function: Any, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call a function or class of rewritten code."""
        held = self.conditions
        if isinstance(function, _Chosen):
            self.conditions = held | function.conditions
            made = self.call(function.function, *values, **named)
            self.conditions = held
            return made
        if held:
            values = tuple([self.assigned(value) for value in values])
            named = {name: self.assigned(value) for name, value in named.items()}
        made = function(*values, **named)
        if held and isinstance(function, type):
            self.records[id(made)] = made, held
        return made

    def _of_python(self, function: Any, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call a function that Python or the rest of r1c has."""
        if self._passes(function):
            keep: dict[str, Any] = {name: named[name] for name in ("key", "default") if name in named}
            if function is dict or getattr(function, "__module__", "") == "r1c.record":
                keep = named
            rest = {name: plain(value) for name, value in named.items() if name not in keep}
            made = function(*values, **keep, **rest)
            if not made and function in _EMPTY and values and isinstance(values[0], FIXED):
                return fixed(_EMPTY[function], made, values[0].own)
            return made
        return self._outside(function, values, named)

    def _passes(self, function: Any) -> bool:
        if any(function is item for item in _PASSING) or function == dict.fromkeys:
            return True
        module = getattr(function, "__module__", None) or getattr(type(function), "__module__", "")
        return (
            module in ("r1c.record", "itertools") or getattr(type(function), "__module__", "") == "itertools"
        )

    def _of_container(self, function: Any, own: Any, values: Any, named: Any) -> Any:
        name = function.__name__
        if name in _ADDING:
            conditions = self.conditions
            values = [self._kept(value, conditions) for value in values]
            named = {key: self._kept(value, conditions) for key, value in named.items()}
        found = function(*values, **named)
        if name in _LOOKING_UP and isinstance(own, dict) and isinstance(values[0], MARKED):
            return self._selected(found, self._asked(values[0]))
        return found

    def _outside(self, function: Any, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call a function of code that is not rewritten: its result is made of all its arguments.

        A text that it returns as it got it keeps its own marks.
        """
        mark = union(mark_of(value) for value in (*values, *named.values()))
        result = function(*map(plain, values), **{name: plain(value) for name, value in named.items()})
        if values and isinstance(values[0], Str) and type(result) is str and result == values[0]:
            return values[0]
        return result if mark is UNMARKED else marked(result, mark)

    # -- builtins ------------------------------------------------------------------------------------------

    def _str(self, value: Any = "") -> Any:
        if isinstance(value, Str):
            return value
        return whole(str(plain(value)), mark_of(value))

    def _repr(self, value: Any) -> Any:
        return whole(repr(plain(value)), mark_of(value))

    def _int(self, value: Any = 0, base: Any = None) -> Any:
        made = int(plain(value)) if base is None else int(plain(value), plain(base))
        return number(Int, made, mark_of(value))

    def _float(self, value: Any = 0.0) -> Any:
        return number(Float, float(plain(value)), mark_of(value))

    def _bool(self, value: Any = False) -> Any:
        return number(Truth, bool(value), (self._asked(value), NO_ORIGINS))

    def _len(self, value: Any) -> Any:
        return number(Int, len(value), mark_of(value))

    def _any(self, values: Iterable[Any]) -> Any:
        held = list(values)
        return number(Truth, any(held), (asked(mark_of(held)), NO_ORIGINS))

    def _all(self, values: Iterable[Any]) -> Any:
        held = list(values)
        return number(Truth, all(held), (asked(mark_of(held)), NO_ORIGINS))

    @staticmethod
    def _extreme(function: Any) -> Any:
        """Return min or max: which value it is depends on all of them."""

        def chosen(*values: Any, **named: Any) -> Any:
            held = values if len(values) > 1 else list(values[0])
            rest = {name: value for name, value in named.items() if name == "key"}
            if not held:
                return named["default"]
            found = function(held, **rest)
            return carried(found, asked(mark_of(held))) if isinstance(found, MARKED) else found

        return chosen

    def _range(self, *bounds: Any) -> Numbers:
        span, mark = range(*map(plain, bounds)), mark_of(bounds)
        made = Numbers(number(Int, value, mark) for value in span)
        made.start, made.stop = number(Int, span.start, mark), number(Int, span.stop, mark)
        return made

    def _isinstance(self, value: Any, kinds: Any) -> Any:
        found = isinstance(plain(value) if isinstance(value, (Truth, Nothing)) else value, kinds)
        return number(
            Truth, found, (self._asked(value) if isinstance(value, Nothing) else NO_ORIGINS, NO_ORIGINS)
        )

    def _type(self, value: Any, *more: Any) -> Any:
        if more:
            return type(plain(value), *more)
        return type(plain(value)) if isinstance(value, MARKED) else type(value)

    def _sub(self, pattern: Any, new: Any, text: Any) -> Any:
        return substituted(pattern, new, text)

    def _dumps(self, value: Any, **named: Any) -> Any:
        return written(value, self._layout(named))

    @staticmethod
    def _layout(named: Mapping[str, Any]) -> dict[str, Any]:
        keys = ("sort_keys", "ensure_ascii", "indent", "separators")
        found = {key: plain(named[key]) for key in keys if named.get(key) is not None}
        if "item_separator" in named:
            found["separators"] = named["item_separator"], named["key_separator"]
        return found

    def _loads(self, content: Any) -> Any:
        if isinstance(content, Content):
            return content.data()
        return self._outside(json.loads, (content,), {})


class Numbers(tuple[Int, ...]):
    """The numbers of a range; its bounds have their mark too."""

    start: Int
    stop: Int


@record
class _Chosen:
    """A function that was chosen from a table, and what chose it."""

    function: Any
    conditions: Origins


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for pair in value.items():
            yield from _leaves(pair[0])
            yield from _leaves(pair[1])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
