"""schemas/*.schema.json -> plain Python functions that tell whether a document fits its schema.

They say yes and no exactly where the JSON Schema library does; what it is that does not fit, only the library
says (verify/schema.py asks it then). A keyword that is not known here is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parent.parent
SCHEMAS = REPO / "schemas"
TARGET = REPO / "compiler" / "r1c" / "verify" / "validators.py"

HEADER = '''"""Schemas as functions: made by tools/generate.py from schemas/*.schema.json; edit those."""

# fmt: off
# ruff: noqa
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any


@cache
def _search(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).search


def _short(pattern: str) -> Callable[[str], bool]:
    return lru_cache(1024)(lambda v: _search(pattern)(v) is not None)


def _long(pattern: str) -> Callable[[str], bool]:
    short = _short(pattern)
    return lambda v: short(v) if len(v) <= 256 else _search(pattern)(v) is not None


def _integer(v: Any) -> bool:
    return isinstance(v, int) and not isinstance(v, bool)


def _number(v: Any) -> bool:
    return isinstance(v, (int, float)) and not isinstance(v, bool)


_fitting: dict[tuple[int, Callable[[Any], bool]], object] = {}
"""The lists of the document in hand whose items all fit: what two parts of it share is looked at once."""


def _all(one: Callable[[Any], bool], v: Any) -> bool:
    if (id(v), one) not in _fitting:
        for x in v:
            if not one(x):
                return False
        _fitting[id(v), one] = v
    return True

'''

FOOTER = '''

def fits(schema: str, document: Any) -> bool:
    """Tell whether a document fits the schema of that name; raises KeyError if there is none."""
    try:
        return _SCHEMAS[schema](document)
    finally:
        _fitting.clear()
'''

TYPES = {
    "array": "isinstance({0}, list)",
    "boolean": "isinstance({0}, bool)",
    "integer": "_integer({0})",
    "object": "isinstance({0}, dict)",
    "string": "isinstance({0}, str)",
}
NUMBER = "_number({0})"

KEYWORDS = {
    "object": (
        "required",
        "properties",
        "additionalProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
    ),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum"),
}
"""The keywords that concern values of one type alone."""

ANY_TYPE = {"$ref", "type", "const", "enum", "not", "anyOf", "oneOf"}
SILENT = {"$schema", "title", "description", "$defs"}
"""Keywords that judge nothing."""

_LONG = 257
_LIMITS = {"minimum": "{0} < {1}", "maximum": "{0} > {1}"}
_SIZES = {"min": "len({0}) < {1}", "max": "len({0}) > {1}"}


class Unknown(Exception):  # noqa: N818  # it is about the input
    """A schema uses something that this module does not translate."""


def module() -> str:
    """Return the module as text."""
    writer = _Writer()
    names = [name for name in writer.schemas if name not in ("recipe.schema.json", "primitives.schema.json")]
    table = "".join(
        f'    "{name.removesuffix(".schema.json")}": {writer.reference(name, "")},\n' for name in names
    )
    fields = "".join(
        f"{name} = frozenset(({' '.join(f'{key!r},' for key in sorted(known))}))\n"
        for known, name in writer.fields.items()
    )
    patterns = "".join(f"{name} = {made}({text!r})\n" for (made, text), name in writer.patterns.items())
    ends = f"{fields}{patterns}\n\n_SCHEMAS: Mapping[str, Callable[[Any], bool]] = {{\n{table}}}\n"
    return HEADER + "\n\n".join([*writer.functions, ends]) + FOOTER


def _identifier(file: str, pointer: str) -> str:
    name = file.removesuffix(".schema.json") + pointer.removeprefix("/$defs").replace("/", "_")
    return "_is_" + re.sub(r"\W", "_", name)


class _Writer:
    """Collects the functions: one for each file, each of its definitions, and each part of a choice."""

    def __init__(self) -> None:
        self.schemas = {
            path.name: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(SCHEMAS.glob("*.schema.json"))
        }
        self.named: set[str] = set()
        self.functions: list[str] = []
        self.fields: dict[frozenset[str], str] = {}
        self.patterns: dict[tuple[str, str], str] = {}
        self.parts = 0

    def reference(self, file: str, pointer: str) -> str:
        """Return the name of the function for what a reference leads to, which is written once."""
        name = _identifier(file, pointer)
        if name not in self.named:
            self.named.add(name)
            found = self.schemas[file]
            for key in pointer.split("/")[1:]:
                found = found[key]
            self.function(name, found, file)
        return name

    def function(self, name: str, schema: Any, file: str) -> None:
        lines = [
            f"def {name}(v: Any) -> bool:",
            *self.checks(schema, "v", "    ", file, 0),
            "    return True\n",
        ]
        self.functions.append("\n".join(lines))

    def known(self, properties: dict[str, Any]) -> str:
        """Return the name of the set of these fields, which is made once."""
        return self.fields.setdefault(frozenset(properties), f"_FIELDS_{len(self.fields) + 1}")

    def matches(self, made: str, pattern: str) -> str:
        """Return the name of the function that looks for this pattern, which is made once."""
        return self.patterns.setdefault((made, pattern), f"_MATCHES_{len(self.patterns) + 1}")

    def part(self, schema: Any, file: str) -> str:
        self.parts += 1
        name = f"_part_{self.parts}"
        self.function(name, schema, file)
        return name

    def checks(self, schema: Any, v: str, indent: str, file: str, depth: int) -> Iterator[str]:
        """Yield the lines that return False where the value in the variable `v` does not fit."""
        if schema is True:
            return
        if not isinstance(schema, dict):
            raise Unknown(f"{file}: a schema that is {schema}")
        known = ANY_TYPE | SILENT | {key for keys in KEYWORDS.values() for key in keys}
        if set(schema) - known:
            raise Unknown(f"{file}: {sorted(set(schema) - known)}")
        no = f"{indent}    return False"
        for test in self.any_type(schema, v, file):
            yield f"{indent}if {test}:"
            yield no
        only = schema["type"] if isinstance(schema.get("type"), str) else None
        for type_, keys in KEYWORDS.items():
            inside = {key: schema[key] for key in keys if key in schema}
            sure = only == type_ or (only == "integer" and type_ == "number")
            deeper = indent if sure else indent + "    "
            lines = list(self.typed(inside, v, deeper, file, depth)) if inside else []
            if lines and not sure:
                yield f"{indent}if {TYPES.get(type_, NUMBER).format(v)}:"
            yield from lines

    def any_type(self, schema: dict[str, Any], v: str, file: str) -> Iterator[str]:
        """Yield the conditions under which a value of any type does not fit."""
        if "type" in schema:
            types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
            yield f"not ({' or '.join(TYPES[type_].format(v) for type_ in types)})"
        if "$ref" in schema:
            where, _, reference = schema["$ref"].partition("#")
            yield f"not {self.reference(where or file, reference)}({v})"
        for key in ("const", "enum"):
            values = schema.get(key, []) if key == "enum" else [schema[key]] if key in schema else []
            if not all(isinstance(value, str | int) for value in values):
                raise Unknown(f"{file}: {key} with {values}")
            if values:
                yield " and ".join(f"not {_equals(v, value)}" for value in values)
        if "not" in schema:
            yield f"{self.part(schema['not'], file)}({v})"
        for key, wrong in (("anyOf", "not any({})"), ("oneOf", "sum({}) != 1")):
            if key in schema:
                parts = ", ".join(f"{self.part(choice, file)}({v})" for choice in schema[key])
                yield wrong.format(f"({parts},)")

    def typed(self, keys: dict[str, Any], v: str, indent: str, file: str, depth: int) -> Iterator[str]:
        """Yield the checks of keywords of one type, whose values `v` is known to be."""
        no = f"{indent}    return False"
        for key, limit in keys.items():
            test = None
            if key in _LIMITS:
                test = _LIMITS[key].format(v, limit)
            elif key in ("required", "uniqueItems") or key.startswith(("min", "max")):
                test = self.size(key, limit, keys, v, file)
            elif key == "pattern":
                # Python's `$` also stands before a last line feed; JSON Schema's does not.
                # The same names come again in every recipe; what is remembered of them must stay small.
                made = "_short" if keys.get("maxLength", _LONG) < _LONG else "_long"
                test = f"not {self.matches(made, limit.replace('$', chr(92) + 'Z'))}({v})"
            if test:
                yield f"{indent}if {test}:"
                yield no
        properties = keys.get("properties", {})
        if keys.get("additionalProperties") is False:
            yield f"{indent}if not {self.known(properties)}.issuperset({v}):"
            yield no
        inner = f"x{depth}"
        for key, schema in properties.items():
            lines = list(self.checks(schema, inner, indent + "    ", file, depth + 1))
            if lines:
                yield f"{indent}if {key!r} in {v}:"
                yield f"{indent}    {inner} = {v}[{key!r}]"
                yield from lines
        yield from self.members(keys, v, indent, file, depth)

    def members(self, keys: dict[str, Any], v: str, indent: str, file: str, depth: int) -> Iterator[str]:
        """Yield the checks of each item of a list, each key of a mapping, and each value of other keys."""
        inner, named = f"x{depth}", set(keys.get("properties", {}))
        for key, over in (("items", v), ("propertyNames", v), ("additionalProperties", f"{v}.items()")):
            if keys.get(key) in (None, False):
                continue
            deeper = indent + "    "
            if key == "items" and set(keys[key]) == {"$ref"} and not self.plain(keys[key], file):
                where, _, reference = keys[key]["$ref"].partition("#")
                yield f"{indent}if not _all({self.reference(where or file, reference)}, {v}):"
                yield f"{indent}    return False"
                continue
            skip = key == "additionalProperties" and bool(named)
            lines = list(self.checks(keys[key], inner, deeper + ("    " if skip else ""), file, depth + 1))
            if not lines:
                continue
            yield f"{indent}for {'k, ' if key == 'additionalProperties' else ''}{inner} in {over}:"
            if skip:
                yield f"{deeper}if k not in {{{', '.join(map(repr, sorted(named)))}}}:"
            yield from lines
        if keys.get("uniqueItems"):
            # All items can be hashed here: those of `items` have been looked at.
            yield f"{indent}if len(set({v})) != len({v}):"
            yield f"{indent}    return False"

    def size(self, key: str, limit: Any, keys: dict[str, Any], v: str, file: str) -> str | None:
        if key == "required":
            return " or ".join(f"{name!r} not in {v}" for name in limit)
        if key == "uniqueItems":
            if limit and not self.plain(keys.get("items", {}), file):
                raise Unknown(f"{file}: uniqueItems of items that are no texts or whole numbers")
            return None
        return _SIZES[key[:3]].format(v, limit)

    def plain(self, schema: dict[str, Any], file: str) -> bool:
        """Tell whether a schema lets only texts or only whole numbers pass, looking through references."""
        where, _, reference = schema.get("$ref", "").partition("#/$defs/")
        if reference:
            return self.plain(self.schemas[where or file]["$defs"][reference], where or file)
        choices = schema.get("enum", ())
        return schema.get("type") in ("string", "integer") or (
            bool(choices) and all(isinstance(one, str) for one in choices)
        )


def _equals(v: str, value: str | int) -> str:
    """Compare as JSON does: true is not 1, but 1.0 is."""
    if isinstance(value, bool):
        return f"{v} is {value}"
    return (
        f"{v} == {value!r}" if isinstance(value, str) else f"({v} == {value} and not isinstance({v}, bool))"
    )
