"""The profile's fields by path: what each is for, its type and its default, read off the models in
profile.py.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from r1c.diagnostics import Path
from r1c.profile import Profile
from r1c.record import record


@record
class Field:
    """One field: its dotted path, its type in words, whether it must be given, its default as YAML, its
    meaning.
    """

    path: str
    words: str
    required: bool
    default: str
    description: str
    section: type[BaseModel] | None
    example: Any


ANY_NAME = "NAME"
"""Stands in a path for any key of a map."""


def dotted(path: Path) -> str:
    """Write a path as users do: spec.network.subnetworks[1]."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


@cache
def names(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Return a model's fields by the name that profiles use."""
    return {str(info.alias or name): info for name, info in model.model_fields.items()}


def section(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside an annotation, looking through `| None` and `list[...]`; a map of names has no
    fields of its own.
    """
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) is dict:
        return None
    found = [section(argument) for argument in typing.get_args(annotation)]
    return next((model for model in found if model), None)


@lru_cache(maxsize=256)
def find(path: Path) -> Field | None:
    """Return the field at a path, an item of a list as a field of its own, or None where the profile has no
    declared field (a label, a vLLM flag).
    """
    model: type[BaseModel] | None = Profile
    found: Field | None = None
    annotation: Any = None
    for length, part in enumerate(path, start=1):
        if isinstance(part, int):
            annotation = item(annotation)
            if found is None or annotation is None:
                return None
            found = Field(dotted(path[:length]), words(annotation), True, "", "", section(annotation), None)
        elif model is None and (inner := _named(annotation)):
            annotation = inner
            found = Field(dotted(path[:length]), words(inner), True, "", "", section(inner), None)
        else:
            if model is None or part not in names(model):
                return None
            annotation = names(model)[part].annotation
            found = describe(path[:length], names(model)[part])
        model = found.section
    return found


def item(annotation: Any) -> Any:
    """Return the type of a list's items, looking through `| None`; None if the type is no list."""
    if typing.get_origin(annotation) is list:
        return typing.get_args(annotation)[0]
    return next((found for argument in typing.get_args(annotation) if (found := item(argument))), None)


def _named(annotation: Any) -> Any:
    """Return the type of a map's values where one of them has fields of its own, else None."""
    if typing.get_origin(annotation) is not dict:
        return None
    value = typing.get_args(annotation)[1]
    return value if section(value) else None


def describe(path: Path, info: FieldInfo) -> Field:
    """Put a pydantic field into words."""
    default = ""
    if isinstance(info.default, bool):
        default = "true" if info.default else "false"
    elif isinstance(info.default, str | int):
        default = str(info.default)
    example = info.examples[0] if info.examples else None
    return Field(
        dotted(path),
        words(info.annotation),
        info.is_required(),
        default,
        info.description or "",
        section(info.annotation),
        example,
    )


def words(annotation: Any) -> str:
    """Say a type in plain words."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return " or ".join(str(argument) for argument in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(words(argument) for argument in arguments if argument is not type(None))
    if origin is typing.Annotated:
        return words(arguments[0])
    if origin is list:
        return "a list of " + words(arguments[0]).removeprefix("a ") + "s"
    if origin is dict:
        return "a map of names to " + {str: "texts"}.get(arguments[1], "values")
    plain = {str: "a text", int: "a whole number", bool: "true or false", float: "a number", Any: "any value"}
    return plain.get(annotation, "a section")


@cache
def every() -> tuple[Field, ...]:
    """Return all fields of the profile, sections before their own fields, in the order of the format."""

    def walk(model: type[BaseModel], path: Path) -> Iterator[Field]:
        for name, info in names(model).items():
            field = describe((*path, name), info)
            yield field
            if field.section:
                yield from walk(field.section, (*path, name))
            inner = _named(info.annotation)
            if inner and (value := section(inner)):
                any_name = (*path, name, ANY_NAME)
                meaning = (value.__doc__ or "").strip()
                yield Field(dotted(any_name), words(inner), False, "", meaning, value, None)
                yield from walk(value, any_name)

    return tuple(walk(Profile, ()))
