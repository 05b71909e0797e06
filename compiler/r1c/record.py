"""A class -> a frozen record: a dataclass whose methods are shared with all other records.

dataclasses compiles six methods for each class at every start, which takes longer than a whole compile.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NoReturn, TypeVar, dataclass_transform

Made = TypeVar("Made")
Class = TypeVar("Class")


class _Factory:
    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], Made]) -> Made:
    """Declare a default that each record gets its own of, such as an empty dict."""
    factory: Any = _Factory(default_factory)
    return factory  # type: ignore[no-any-return]  # what a field declares is not what it is before the class is made


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[Class]) -> type[Class]:
    """Make a frozen record of a class that has its fields as annotations.

    Raises TypeError for a parent, and for a field without a default after one that has one; ValueError for a
    default that can be changed, which all records would share.
    """
    names, defaults = tuple(cls.__annotations__), cls.__dict__
    for name, following in itertools.pairwise(names):
        if name in defaults and following not in defaults:
            raise TypeError(f"{cls.__name__}.{following} has no default, but {name} before it has one")
    return _made(cls, _init)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def named_record(cls: type[Class]) -> type[Class]:
    """Make a record whose fields are given by name: those without a default may be anywhere among them."""
    return _made(cls, _named_init)


def _made(cls: type[Class], init: Callable[..., None]) -> type[Class]:
    """Complete the class itself: another one, with slots, takes longer to make than all the rest."""
    if cls.__bases__ != (object,):
        raise TypeError(f"the record {cls.__name__} has a parent: records have none")
    names, own = tuple(cls.__annotations__), vars(cls)
    for name in names:
        if name in own and type(own[name]).__hash__ is None:
            raise ValueError(
                f"the default of {cls.__name__}.{name} can be changed: use field(default_factory=)"
            )
    for name, value in {"__match_args__": names, "__init__": init, **_SHARED}.items():
        if name not in own:
            setattr(cls, name, value)
    return cls


def camel_case(name: str) -> str:
    """Return a field's name as YAML and JSON write it: request_rate is requestRate there."""
    first, *others = name.split("_")
    return first + "".join([other.capitalize() for other in others])


def replace(old: Made, /, **changes: Any) -> Made:
    """Return a record with some fields changed. Raises TypeError for a field that it does not have."""
    made: Any = old
    new: Made = made.__replace__(**changes)
    return new


def _replaced(self: Any, /, **changes: Any) -> Any:
    cls = type(self)
    return cls(**{name: getattr(self, name) for name in cls.__match_args__} | changes)


def _init(self: Any, /, *values: Any, **named: Any) -> None:
    names = self.__match_args__
    if named or len(values) != len(names):
        values = _completed(type(self), values, named)
    fields = self.__dict__
    for name, value in zip(names, values):  # noqa: B905  # as many of both; saying so takes as long as all this
        fields[name] = value


def _named_init(self: Any, /, **named: Any) -> None:
    self.__dict__.update(zip(self.__match_args__, _completed(type(self), (), named), strict=True))


def _completed(cls: Any, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """Return the value of every field; raises TypeError as a function with these parameters does."""
    names, defaults, found = cls.__match_args__, vars(cls), list(values)
    for name in names[len(values) :]:
        if name in named:
            found.append(named.pop(name))
        elif name in defaults:
            default = defaults[name]
            found.append(default.make() if type(default) is _Factory else default)
        else:
            raise TypeError(f"{cls.__qualname__}() needs a value for {name}")
    if named:
        fault = "has two values for" if next(iter(named)) in names else "has no field"
        raise TypeError(f"{cls.__qualname__}() {fault} {next(iter(named))}")
    if len(values) > len(names):
        raise TypeError(f"{cls.__qualname__}() takes {len(names)} values, got {len(values)}")
    return tuple(found)


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self.__match_args__])


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({shown})"


def _eq(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _reduce(self: Any) -> tuple[Any, ...]:
    return _remade, (type(self), _values(self))


def _remade(cls: Any, values: tuple[Any, ...]) -> Any:
    made = cls.__new__(cls)
    made.__dict__.update(zip(cls.__match_args__, values, strict=True))
    return made


def _frozen(self: Any, name: str, *_: object) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"{type(self).__name__}.{name} cannot be changed")


class _Fields:
    """The fields as the dataclasses module has them, for whoever asks: dataclasses.fields, pydantic."""

    def __get__(self, _: object, cls: Any) -> Mapping[str, Any]:
        return _fields(cls)


@cache
def _fields(cls: Any) -> Mapping[str, Any]:
    import dataclasses

    defaults = {
        name: dataclasses.field(default_factory=value.make) if type(value) is _Factory else value
        for name, value in vars(cls).items()
        if name in cls.__annotations__
    }
    twin: Any = type(cls.__name__, (), {"__annotations__": cls.__annotations__, **defaults})
    twin = dataclasses.dataclass(twin, kw_only=cls.__init__ is _named_init)
    fields: Mapping[str, Any] = twin.__dataclass_fields__
    return fields


_SHARED = {
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__reduce__": _reduce,
    "__replace__": _replaced,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
    "__dataclass_fields__": _Fields(),
}
