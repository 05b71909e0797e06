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
from collections.abc import Callable, Iterable, Iterator, Mapping
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
"""The fields of misfits: most of them only tell that a value fits another of several schemas."""
Check = Callable[[Any, Path, Found], None]
"""Adds the misfits of a value at a path."""
Checks = list[Check]
"""A schema, prepared."""


def load(name: str) -> Schema:
    """Return the schema of a name, such as "recipe", as data."""
    return _file(f"{name}.schema.json")


def misfits(name: str, value: Any) -> list[Misfit]:
    """Return what does not fit the schema of a name; raises UnknownKeywordError."""
    return judged(_referred(f"{name}.schema.json", ""), value)


def judged(checks: Checks, value: Any) -> list[Misfit]:
    """Return what does not fit a prepared schema."""
    return [Misfit(*misfit) for misfit in _found(checks, value)]


def _found(checks: Checks, value: Any) -> Found:
    found: Found = []
    for check in checks:
        check(value, (), found)
    return found


def prepared(schema: Schema | bool, file: str = "") -> Checks:
    """Return the checks of a schema, its references relative to `file`; raises UnknownKeywordError."""
    if schema is True:
        return []
    if not isinstance(schema, dict):
        raise UnknownKeywordError(f"{file}: a schema that is {schema}")
    checks: Checks = []
    for keyword, wanted in schema.items():
        if keyword in _SIMPLE:
            kinds, fits = _SIMPLE[keyword]
            checks.append(_simple(keyword, schema, kinds, fits))
        elif keyword in _MAKERS:
            checks.append(_MAKERS[keyword](schema, file))
        elif keyword == "$ref":
            name, _, pointer = wanted.partition("#")
            checks += _referred(name or file, pointer)
        elif keyword == "$defs":
            for name in wanted:
                _referred(file, f"/$defs/{name}")
        elif keyword not in _SILENT:
            raise UnknownKeywordError(f"{file}: {keyword}")
    return checks


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
_ANY = frozenset[type]()
_NUMBER = frozenset({int, float})
_STRING, _LIST, _MAP = frozenset({str}), frozenset({list}), frozenset({dict})
_SIMPLE: Mapping[str, tuple[frozenset[type], Callable[[Any, Any], bool]]] = {
    "const": (_ANY, _same),
    "enum": (_ANY, lambda value, wanted: any(_same(value, one) for one in wanted)),
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
"""Keywords that look at a value as a whole: the types that they concern (all if none), when a value fits."""


def _simple(keyword: str, schema: Schema, kinds: frozenset[type], fits: Callable[[Any, Any], bool]) -> Check:
    wanted = schema[keyword]

    def check(value: Any, path: Path, found: Found) -> None:
        if (not kinds or type(value) in kinds) and not fits(value, wanted):
            found.append((path, keyword, value, wanted, schema))

    return check


def _type(schema: Schema, _: str) -> Check:
    wanted = schema["type"]
    kinds = frozenset(
        kind for name in ([wanted] if isinstance(wanted, str) else wanted) for kind in _TYPES[name]
    )

    def check(value: Any, path: Path, found: Found) -> None:
        kind = type(value)
        if kind not in kinds or (kind is float and not math.isfinite(value)):
            found.append((path, "type", value, wanted, schema))

    return check


def _required(schema: Schema, _: str) -> Check:
    names = schema["required"]

    def check(value: Any, path: Path, found: Found) -> None:
        if type(value) is dict:
            for name in names:
                if name not in value:
                    found.append(((*path, name), "required", value, names, schema))

    return check


def _properties(schema: Schema, file: str) -> Check:
    known = {name: prepared(inner, file) for name, inner in schema["properties"].items()}

    def check(value: Any, path: Path, found: Found) -> None:
        if type(value) is dict:
            for name, item in value.items():
                checks = known.get(name)
                if checks:
                    place = (*path, name)
                    for inner in checks:
                        inner(item, place, found)

    return check


def _additional_properties(schema: Schema, file: str) -> Check:
    known, wanted = schema.get("properties", {}), schema["additionalProperties"]
    others = [] if wanted is False else prepared(wanted, file)

    def check(value: Any, path: Path, found: Found) -> None:
        if type(value) is dict and not value.keys() <= known.keys():
            for name, item in value.items():
                if name in known:
                    continue
                if wanted is False:
                    found.append(((*path, name), "additionalProperties", value, wanted, schema))
                place = (*path, name)
                for inner in others:
                    inner(item, place, found)

    return check


def _property_names(schema: Schema, file: str) -> Check:
    checks = prepared(schema["propertyNames"], file)

    def check(value: Any, path: Path, found: Found) -> None:
        if type(value) is dict:
            for name in value:
                found += [(path, *misfit[1:], True) for misfit in _found(checks, name)]

    return check


def _items(schema: Schema, file: str) -> Check:
    """Check the items of a list; those that fitted lately, such as the variables of a server, only once."""
    checks = prepared(schema["items"], file)

    @lru_cache(_REMEMBERED)
    def fits(packed: bytes) -> bool:
        return packed != b"" and _fits(checks, marshal.loads(packed))  # noqa: S302  # what _packed made

    def check(value: Any, path: Path, found: Found) -> None:
        if type(value) is list:
            for index, item in enumerate(value):
                if not fits(_packed(item)):
                    place = (*path, index)
                    for inner in checks:
                        inner(item, place, found)

    return check


def _packed(value: Any) -> bytes:
    """Return plain data as bytes, equal only for equal data of the same types; empty for other data."""
    try:
        return marshal.dumps(value, 0)
    except ValueError:
        return b""


def _fits(checks: Checks, value: Any) -> bool:
    found: Found = []
    for check in checks:
        check(value, (), found)
        if found:
            return False
    return True


def _choice(keyword: str, right: Callable[[Iterator[bool]], bool]) -> Callable[[Schema, str], Check]:
    """Check a value against several schemas; `right` judges which of them it fits."""

    def make(schema: Schema, file: str) -> Check:
        wanted = schema[keyword]
        choices: Iterable[Schema] = [wanted] if keyword == "not" else wanted
        ready = [prepared(choice, file) for choice in choices]

        def check(value: Any, path: Path, found: Found) -> None:
            if not right(_fits(checks, value) for checks in ready):
                found.append((path, keyword, value, wanted, schema))

        return check

    return make


_MAKERS: Mapping[str, Callable[[Schema, str], Check]] = {
    "type": _type,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "items": _items,
    "anyOf": _choice("anyOf", any),
    "oneOf": _choice("oneOf", lambda fitting: sum(fitting) == 1),
    "not": _choice("not", lambda fitting: not any(fitting)),
}
"""Keywords whose checks are prepared: the types, what is in a value, and what has schemas in it."""
_SILENT = frozenset({"$schema", "$id", "title", "description", "default", "examples"})
"""Keywords that refuse nothing."""
