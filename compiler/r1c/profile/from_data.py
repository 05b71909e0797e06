"""The data of a profile that fits recipe.schema.json -> the Recipe, with every default filled in."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

from r1c.json_schema import Schema, load
from r1c.profile.model import Recipe
from r1c.profile.section import Later
from r1c.record import camel_case


def recipe(data: Mapping[str, Any]) -> Recipe:
    """Return the profile; the data has to fit the schema."""
    made: Recipe = _section(Recipe, load("recipe"), data)
    return made


def _section(cls: Any, schema: Schema, data: Mapping[str, Any]) -> Any:
    names, schemas = _names(cls), schema["properties"]
    owner = sys.modules[cls.__module__]
    return cls(**{names[name]: _value(owner, schemas[name], value) for name, value in data.items()})


@cache
def _names(cls: Any) -> Mapping[str, str]:
    """Return the names of a section's attributes by those that its fields have in profiles."""
    return {camel_case(name): name for name in cls.__match_args__}


def _value(owner: ModuleType, schema: Schema, value: Any) -> Any:
    """Return a field's value; the sections in it are those of the module that declares the field."""
    if "$ref" in schema and isinstance(value, dict):
        name = schema["$ref"].rpartition("/")[2]
        section = getattr(owner, name)
        cls = section.load() if isinstance(section, Later) else section
        return _section(cls, load("recipe")["$defs"][name], value)
    if isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        return {name: _value(owner, schema["additionalProperties"], item) for name, item in value.items()}
    if isinstance(value, list):
        return tuple([_value(owner, schema["items"], item) for item in value])
    return float(value) if isinstance(value, int) and "number" in schema.get("type", ()) else value
