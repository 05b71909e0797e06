"""The models of profile.py -> plain Python that reads a faultless profile, so that compiling takes no
pydantic.

What it reads is what pydantic would have made of it; where anything is off it makes nothing at all, and
pydantic is asked, which has the words. A type that is not known here is refused.
"""

from __future__ import annotations

import types
import typing
from pathlib import Path
from typing import Any, Literal

from annotated_types import Ge, Le
from pydantic import BaseModel, Discriminator, Tag
from pydantic.fields import FieldInfo

from r1c.profile import Profile

REPO = Path(__file__).resolve().parent.parent
TARGET = REPO / "compiler" / "r1c" / "profile_reader.py"

HEADER = '''"""A faultless profile's data -> its sections: made by tools/generate.py from profile.py."""

# fmt: off
# ruff: noqa
# mypy: ignore-errors
from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Misfit(Exception):
    """Something is not as the format wants it."""


def read(data: Any) -> Any:
    """Return what profile.Profile.model_validate makes of the data; None where it refuses it."""
    try:
        return _profile(data)
    except (Misfit, KeyError):
        return None


def _given(data: Any, known: frozenset[str]) -> None:
    if type(data) is not dict or not data.keys() <= known:
        raise Misfit


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Misfit
    return value


def _whole(value: Any, least: int | None = None, most: int | None = None) -> int:
    if type(value) is not int or (least is not None and value < least) or (most is not None and value > most):
        raise Misfit
    return value


def _number(value: Any, least: float) -> float:
    if type(value) not in (int, float) or not least <= value < float("inf"):
        raise Misfit
    return float(value)


def _switch(value: Any) -> bool:
    if type(value) is not bool:
        raise Misfit
    return value


def _choice(value: Any, choices: frozenset[str]) -> str:
    if type(value) is not str or value not in choices:
        raise Misfit
    return value


def _texts(value: Any) -> dict[str, str]:
    if type(value) is not dict:
        raise Misfit
    return {_text(key): _text(item) for key, item in value.items()}


def _values(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise Misfit
    return {_text(key): item for key, item in value.items()}


def _map(value: Any, read: Callable[[Any], Any]) -> dict[str, Any]:
    if type(value) is not dict:
        raise Misfit
    return {_text(key): read(item) for key, item in value.items()}


def _items(value: Any, read: Callable[[Any], Any]) -> list[Any]:
    if type(value) is not list:
        raise Misfit
    return [read(item) for item in value]

'''


class Unknown(Exception):
    """A model has a field that this module does not translate."""


def module() -> str:
    """Return the module as text."""
    return HEADER + "\n\n".join(_section(model) for model in _sections(Profile))


def _sections(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Return a model after those that it is made of, each once."""
    found: dict[type[BaseModel], None] = {}
    for info in model.model_fields.values():
        for inner in _models(info.annotation):
            found |= dict.fromkeys(_sections(inner))
    return [*found, model]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in typing.get_args(annotation) for model in _models(argument)]


def _section(model: type[BaseModel]) -> str:
    fields = model.model_fields
    known = ", ".join(repr(info.alias) for info in fields.values())
    lines = [
        f"class {model.__name__}:",
        f"    __slots__ = ({' '.join(f'{name!r},' for name in fields)})",
        "",
        "",
        f"_{model.__name__}_FIELDS = frozenset(({known},))",
        "",
        "",
        f"def {_reader(model)}(data: Any) -> {model.__name__}:",
        f"    _given(data, _{model.__name__}_FIELDS)",
        f"    section = {model.__name__}()",
        *(f"    section.{name} = {_field(info)}" for name, info in fields.items()),
        "    return section\n",
    ]
    return "\n".join(lines)


def _reader(model: type[BaseModel]) -> str:
    return f"_{model.__name__.lower()}"


def _field(info: FieldInfo) -> str:
    key = repr(info.alias)
    read = _value(f"data[{key}]", info.annotation, info.metadata)
    return read if info.is_required() else f"{read} if {key} in data else {_default(info.default)}"


def _default(value: Any) -> str:
    if isinstance(value, BaseModel):
        if value.model_fields_set:
            raise Unknown(f"the default {value!r}")
        return f"{_reader(type(value))}({{}})"
    if value is None or value in ({}, []) or isinstance(value, str | int):
        return repr(value)
    raise Unknown(f"the default {value!r}")


def _value(v: str, annotation: Any, metadata: list[Any]) -> str:
    """Return the expression that reads the value of the expression `v`."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        info = FieldInfo.from_annotation(annotation)
        return _value(v, info.annotation, info.metadata)
    limits = {type(limit): limit for limit in metadata if isinstance(limit, Ge | Le)}
    least = limits[Ge].ge if Ge in limits else None  # type: ignore[union-attr]
    most = limits[Le].le if Le in limits else None  # type: ignore[union-attr]
    if annotation is int:
        return f"_whole({v}, {least}, {most})"
    if annotation is float and least is not None and most is None:
        return f"_number({v}, {least})"
    metadata = [item for item in metadata if not isinstance(item, Tag | Discriminator)]
    if metadata:
        raise Unknown(f"{annotation} with {metadata}")
    if annotation in (str, bool):
        return f"{'_text' if annotation is str else '_switch'}({v})"
    if origin is Literal:
        return f"_choice({v}, frozenset({tuple(sorted(arguments))!r}))"
    if origin in (typing.Union, types.UnionType):
        return _union(v, arguments)
    if origin is dict and arguments in ((str, str), (str, Any)):
        return f"{'_texts' if arguments[1] is str else '_values'}({v})"
    if origin is dict and arguments[0] is str:
        return f"_map({v}, lambda item: {_value('item', arguments[1], [])})"
    if origin is list:
        return f"_items({v}, lambda item: {_value('item', arguments[0], [])})"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"{_reader(annotation)}({v})"
    raise Unknown(str(annotation))


def _union(v: str, arguments: tuple[Any, ...]) -> str:
    """Read a value as the member that its type asks for; the first one has the last word."""
    first, *others = (_untagged(argument) for argument in arguments if argument is not type(None))
    read = _value(v, first, [])
    for other in others:
        kind = {int: "int", dict: "dict"}.get(typing.get_origin(other) or other)
        if isinstance(other, type) and issubclass(other, BaseModel):
            kind = "dict"
        if first is not str or kind is None:
            raise Unknown(str(arguments))
        read = f"{_value(v, other, [])} if type({v}) is {kind} else {read}"
    return f"(None if {v} is None else {read})" if type(None) in arguments else f"({read})"


def _untagged(annotation: Any) -> Any:
    """Return a member of a union without the tag that tells pydantic which one it is."""
    inner, *notes = (
        typing.get_args(annotation) if typing.get_origin(annotation) is typing.Annotated else (None,)
    )
    return inner if notes and all(isinstance(note, Tag) for note in notes) else annotation
