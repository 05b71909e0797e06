"""How a section of the profile is declared: a record with pydantic metadata for each field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from r1c.record import camel_case, field, named_record

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

Class = TypeVar("Class")


def info(**about: Any) -> FieldInfo:
    """Return the pydantic metadata of a field; only called when pydantic reads the annotations."""
    from pydantic import Field

    made: FieldInfo = Field(**about)
    return made


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def section(cls: type[Class]) -> type[Class]:
    """Make a record that pydantic reads by the names that its fields have in profiles, and by no others."""
    made: Any = named_record(cls)
    made.__pydantic_config__ = {
        "extra": "forbid",
        "alias_generator": camel_case,
        "use_attribute_docstrings": True,
    }
    return made  # type: ignore[no-any-return]  # the class, as a record
