"""A value and one of r1c's JSON Schemas -> every misfit: its place, the keyword that refuses it, both sides.

The schemas are those of Draft 2020-12 with the keywords listed here; another one is refused when a schema is
loaded. Values are judged as strictly as the Kubernetes API server does: 1.0 is not an integer, a number is
finite, and a text that ends in a line feed does not match a pattern that ends before it.
"""

from __future__ import annotations

import json
import marshal
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from r1c.diagnostics import Path
from r1c.record import record
from r1c.resources import schema

Schema = Mapping[str, Any]


@record
class Misfit:
    """A value that a keyword refuses; `wanted` is what the keyword says in its `schema`.

    A field that is missing or unknown has a path of its own; the value is then the map that lacks or has it.
    With `of_key`, the value is a key of the map at the path.
    """

    path: Path
    keyword: str
    value: Any
    wanted: Any
    schema: Schema
    of_key: bool = False


class UnknownKeywordError(Exception):
    """A schema uses a keyword that is not read here."""


Found = list[tuple[Any, ...]]
"""The fields of misfits, their paths beginning at the value that was judged."""
Check = Callable[[Any], Found]
"""Returns the misfits of a value. Nearly all values fit, so nothing is done for them but to look."""
Keyword = tuple[Callable[[type], bool], Check]
"""Tells which types of values a keyword can refuse, and checks a value of such a type."""


class Checks(dict[type, list[Check]]):
    """A schema, prepared: the checks for a value by its type, chosen when the first of that type is met."""

    __slots__ = ("keywords",)

    def __init__(self, keywords: Sequence[Keyword]) -> None:
        """Take the keywords of the schema, in its order."""
        self.keywords = keywords

    def __missing__(self, kind: type) -> list[Check]:
        """Choose the checks for values of a type; of strings, the same few come again in every recipe."""
        chosen = [check for concerns, check in self.keywords if concerns(kind)]
        if kind is str and chosen:
            chosen = [lru_cache(_REMEMBERED)(_in_order(chosen))]
        self[kind] = chosen
        return chosen


_ANYTHING = Checks(())


def _in_order(checks: list[Check]) -> Check:
    return lambda value: [misfit for check in checks for misfit in check(value)]


def load(name: str) -> Schema:
    """Return the schema of a name, such as "recipe", as data."""
    return _file(f"{name}.schema.json")


def misfits(name: str, value: Any) -> list[Misfit]:
    """Return what does not fit the schema of a name; raises UnknownKeywordError."""
    return judged(_referred(f"{name}.schema.json", ""), value)


def judged(checks: Checks, value: Any) -> list[Misfit]:
    """Return what does not fit a prepared schema."""
    return [Misfit(*misfit) for check in checks[type(value)] for misfit in check(value)]


def prepared(schema: Schema | bool, file: str = "") -> Checks:
    """Return the checks of a schema, its references relative to `file`; raises UnknownKeywordError."""
    if schema is True:
        return _ANYTHING
    if not isinstance(schema, dict):
        raise UnknownKeywordError(f"{file}: a schema that is {schema}")
    return Checks(_keywords(schema, file))


def _keywords(schema: Schema, file: str) -> list[Keyword]:
    found: list[Keyword] = []
    for keyword, wanted in schema.items():
        if keyword in _SIMPLE:
            concerns, fits = _SIMPLE[keyword]
            found.append((concerns, _simple(keyword, schema, fits)))
        elif keyword in _MAKERS:
            concerns, make = _MAKERS[keyword]
            found.append((concerns, make(schema, file)))
        elif keyword == "type":
            found.append(_type(schema))
        elif keyword in _FIELDS:
            if keyword == "additionalProperties" and "properties" in schema:
                continue  # it is checked with them
            found.append((_MAP, _fields(schema, file)))
        elif keyword == "$ref":
            name, _, pointer = wanted.partition("#")
            found += _referred(name or file, pointer).keywords
        elif keyword == "$defs":
            for name in wanted:
                _referred(file, f"/$defs/{name}")
        elif keyword not in _SILENT:
            raise UnknownKeywordError(f"{file}: {keyword}")
    return found


@cache
def _file(name: str) -> Schema:
    read: Schema = json.loads(schema(name))
    return read


@cache
def _referred(file: str, pointer: str) -> Checks:
    target: Any = _file(file)
    for part in pointer.split("/")[1:]:
        target = target[part]
    return prepared(target, file)


_TYPES: Mapping[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def _is_finite(value: Any) -> bool:
    return type(value) is not float or math.isfinite(value)


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON does: true is not 1, but 1.0 is."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(item, other[key]) for key, item in one.items())
    return one is other or bool(one == other)


def _is_unique(items: list[Any], wanted: bool) -> bool:
    return not wanted or not any(_same(items[j], item) for i, item in enumerate(items) for j in range(i))


@cache
def _search(pattern: str) -> Callable[[str], object]:
    # Python's `$` also matches before a last line feed; JSON Schema's does not.
    return re.compile(pattern.replace("$", r"\Z")).search


_REMEMBERED = 256
"""Items of each list of a schema: a recipe has less than a hundred variables, mounts and volumes in one."""


_SMALL = 4
"""Fields of the items that are remembered: larger ones, such as containers, differ in each recipe."""


def _of(*kinds: type) -> Callable[[type], bool]:
    return frozenset(kinds).__contains__


def _every(_: type) -> bool:
    return True


_STRING, _NUMBER, _LIST, _MAP = _of(str), _of(int, float), _of(list), _of(dict)
_SIMPLE: Mapping[str, tuple[Callable[[type], bool], Callable[[Any, Any], bool]]] = {
    "const": (_every, _same),
    "enum": (_every, lambda value, wanted: any(_same(value, one) for one in wanted)),
    "minimum": (_NUMBER, lambda value, wanted: value >= wanted or not _is_finite(value)),
    "maximum": (_NUMBER, lambda value, wanted: value <= wanted or not _is_finite(value)),
    "minLength": (_STRING, lambda value, wanted: len(value) >= wanted),
    "maxLength": (_STRING, lambda value, wanted: len(value) <= wanted),
    "pattern": (_STRING, lambda value, wanted: _search(wanted)(value) is not None),
    "minItems": (_LIST, lambda value, wanted: len(value) >= wanted),
    "maxItems": (_LIST, lambda value, wanted: len(value) <= wanted),
    "uniqueItems": (_LIST, _is_unique),
    "minProperties": (_MAP, lambda value, wanted: len(value) >= wanted),
    "maxProperties": (_MAP, lambda value, wanted: len(value) <= wanted),
}
"""Keywords that look at a value as a whole: the types that they concern, and when a value fits."""


def _simple(keyword: str, schema: Schema, fits: Callable[[Any, Any], bool]) -> Check:
    wanted = schema[keyword]

    def check(value: Any) -> Found:
        return [] if fits(value, wanted) else [((), keyword, value, wanted, schema)]

    return check


def _type(schema: Schema) -> Keyword:
    """Check the type: there is nothing to look at where it is right, but for a number that is not finite."""
    wanted = schema["type"]
    kinds = _TYPES[wanted] if isinstance(wanted, str) else [kind for name in wanted for kind in _TYPES[name]]

    def check(value: Any) -> Found:
        right = type(value) in kinds and math.isfinite(value)
        return [] if right else [((), "type", value, wanted, schema)]

    return lambda kind: kind not in kinds or kind is float, check


def _required(schema: Schema, _: str) -> Check:
    names = schema["required"]

    def check(value: Any) -> Found:
        found: Found = []
        for name in names:
            if name not in value:
                found.append(((name,), "required", value, names, schema))
        return found

    return check


def _fields(schema: Schema, file: str) -> Check:
    """Check the values of a map: those of `properties`, and all others by `additionalProperties`."""
    known = {name: prepared(inner, file) for name, inner in schema.get("properties", {}).items()}
    wanted = schema.get("additionalProperties", True)
    others = None if wanted is False else prepared(wanted, file)

    def check(value: Any) -> Found:
        found: Found = []
        for name, item in value.items():
            checks = known.get(name, others)
            if checks is None:
                found.append(((name,), "additionalProperties", value, wanted, schema))
                continue
            for each in checks[type(item)]:
                if misfits := each(item):
                    found += _below(name, misfits)
        return found

    return check


def _property_names(schema: Schema, file: str) -> Check:
    checks = prepared(schema["propertyNames"], file)

    def check(value: Any) -> Found:
        return [
            ((), *misfit[1:], True) for name in value for each in checks[type(name)] for misfit in each(name)
        ]

    return check


def _items(schema: Schema, file: str) -> Check:
    """Check the items of a list; small maps that fitted lately, such as variables of a server, only once."""
    checks = prepared(schema["items"], file)
    fitting: set[bytes] = set()

    def check(value: Any) -> Found:
        found: Found = []
        for index, item in enumerate(value):
            packed = _packed(item) if type(item) is dict and len(item) <= _SMALL else b""
            if packed in fitting:
                continue
            misfits = [misfit for each in checks[type(item)] for misfit in each(item)]
            if misfits:
                found += _below(index, misfits)
            elif packed:
                if len(fitting) == _REMEMBERED:
                    fitting.clear()
                fitting.add(packed)
        return found

    return check


def _packed(value: Any) -> bytes:
    """Return plain data as bytes, equal only for equal data of the same types; empty for other data."""
    try:
        return marshal.dumps(value, 0)
    except ValueError:
        return b""


def _below(step: str | int, misfits: Found) -> Found:
    """Return the misfits of what is at a key or an index of a value as misfits of the value."""
    return [((step, *path), *rest) for path, *rest in misfits]


def _choice(keyword: str, right: Callable[[Iterator[bool]], bool]) -> Callable[[Schema, str], Check]:
    """Check a value against several schemas; `right` judges which of them it fits."""

    def make(schema: Schema, file: str) -> Check:
        wanted = schema[keyword]
        choices: Iterable[Schema] = [wanted] if keyword == "not" else wanted
        ready = [prepared(choice, file) for choice in choices]

        def check(value: Any) -> Found:
            fitting = (not any(each(value) for each in checks[type(value)]) for checks in ready)
            return [] if right(fitting) else [((), keyword, value, wanted, schema)]

        return check

    return make


_MAKERS: Mapping[str, tuple[Callable[[type], bool], Callable[[Schema, str], Check]]] = {
    "required": (_MAP, _required),
    "propertyNames": (_MAP, _property_names),
    "items": (_LIST, _items),
    "anyOf": (_every, _choice("anyOf", any)),
    "oneOf": (_every, _choice("oneOf", lambda fitting: sum(fitting) == 1)),
    "not": (_every, _choice("not", lambda fitting: not any(fitting))),
}
"""Keywords whose checks are prepared: what is in a value, and what has schemas in it."""
_FIELDS = ("properties", "additionalProperties")
"""Keywords that are checked together: the second is about what the first does not name."""
_SILENT = frozenset({"$schema", "$id", "title", "description", "default", "examples"})
"""Keywords that refuse nothing."""
