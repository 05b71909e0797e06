"""How a section of the profile is declared: a record, with what pydantic is told of each of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from r1c.record import field, named_record

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

Class = TypeVar("Class")


def info(**about: Any) -> FieldInfo:
    """Return what pydantic is told of a field; called when pydantic reads the annotations, not before."""
    from pydantic import Field

    made: FieldInfo = Field(**about)
    return made


def written(name: str) -> str:
    """Return the name that a field has in profiles: request_rate is requestRate there."""
    first, *others = name.split("_")
    return first + "".join([other.capitalize() for other in others])


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def section(cls: type[Class]) -> type[Class]:
    """Make a record that pydantic reads by the names that its fields have in profiles, and by no others."""
    made: Any = named_record(cls)
    made.__pydantic_config__ = {
        "extra": "forbid",
        "alias_generator": written,
        "use_attribute_docstrings": True,
    }
    return made  # type: ignore[no-any-return]  # the class, as a record
