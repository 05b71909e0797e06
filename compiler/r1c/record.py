"""A class body -> a frozen record with slots: what dataclasses make, but made when it is first used.

A standard dataclass compiles half a dozen methods when its module is imported, which is most of what
importing r1c would take. A record shares its methods with all others, and gets an __init__ of its own, which
is faster, once it is made often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar, dataclass_transform

Made = TypeVar("Made")
Class = TypeVar("Class")

_RARE = 16
"""Objects of one class that are made before compiling its __init__ costs less than doing without."""


class _Factory:
    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], Made]) -> Made:
    """Declare a default that is made anew for each record."""
    factory: Any = _Factory(default_factory)
    return factory  # type: ignore[no-any-return]  # what a field declares is not what it is before the class is made


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[Class]) -> type[Class]:
    """Make a frozen record of a class that has its fields as annotations, and no parent but object.

    Raises TypeError for a field without a default after one with a default, and for a default that all
    records would share and could change.
    """
    names = tuple(cls.__dict__.get("__annotations__", ()))  # noqa: RUF063 inspect takes longer to import
    body = {key: value for key, value in cls.__dict__.items() if key not in ("__dict__", "__weakref__")}
    defaults = {name: body.pop(name) for name in names if name in body}
    _refuse(cls.__qualname__, names, defaults)
    shared: dict[str, Any] = {
        **_SHARED,
        "__slots__": names,
        "__match_args__": names,
        "__defaults__": defaults,
        "__made__": 0,
    }
    made: Any = type(cls.__name__, cls.__bases__, {**shared, **body})
    return made  # type: ignore[no-any-return]  # the class again, with slots


def _refuse(record: str, names: tuple[str, ...], defaults: Mapping[str, Any]) -> None:
    optional = ""
    for name in names:
        if name not in defaults and optional:
            raise TypeError(f"{record}: {name} has no default, but follows {optional}, which has one")
        if name in defaults and type(defaults[name]).__hash__ is None:
            kind = type(defaults[name]).__name__
            raise TypeError(f"{record}: all records would share the {kind} of {name}; use field()")
        optional = name if name in defaults else optional


def replace(old: Made, /, **changes: Any) -> Made:
    """Return a record with some fields changed. Raises TypeError for a field that it does not have."""
    cls: Any = type(old)
    values = [changes.pop(name) if name in changes else getattr(old, name) for name in cls.__match_args__]
    new: Made = cls(*values, **changes)
    return new


def _init(self: Any, /, *positional: Any, **named: Any) -> None:
    """Set the fields one by one, until the class is made often or is asked for what it cannot be."""
    cls: Any = type(self)
    names, defaults = cls.__match_args__, cls.__defaults__
    cls.__made__ += 1
    given = {**defaults, **dict(zip(names, positional, strict=False)), **named}
    fitting = len(given) == len(names) and given.keys() == set(names)
    twice = not named.keys().isdisjoint(names[: len(positional)])
    if cls.__made__ > _RARE or len(positional) > len(names) or twice or not fitting:
        _compile_init(cls)
        cls.__init__(self, *positional, **named)
        return
    for name, value in given.items():
        getattr(cls, name).__set__(self, value.make() if type(value) is _Factory else value)


def _compile_init(cls: Any) -> None:
    """Give a class the __init__ that a person would write for it."""
    names, defaults = cls.__match_args__, cls.__defaults__
    scope: dict[str, Any] = {f"set_{name}": getattr(cls, name).__set__ for name in names}
    scope |= {f"default_{name}": value for name, value in defaults.items()}
    parameters, lines = ["self"], ["pass"]
    for name in names:
        parameters.append(f"{name}=default_{name}" if name in defaults else name)
        value = name
        if isinstance(defaults.get(name), _Factory):
            value = f"default_{name}.make() if {name} is default_{name} else {name}"
        lines.append(f"set_{name}(self, {value})")
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines), scope)  # noqa: S102 of names alone
    cls.__init__ = scope["__init__"]


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
    return type(self), _values(self)


def _frozen(self: Any, name: str, *_: object) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"{type(self).__name__}.{name} cannot be changed")


_SHARED = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__reduce__": _reduce,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
}
