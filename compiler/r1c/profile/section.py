"""How a section of the profile is declared: a record with pydantic metadata for each field."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, Union, dataclass_transform

from r1c.record import camel_case, field, named_record

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
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


class Later:
    """Stands for a section whose module is imported only for a profile that has the section."""

    def __init__(self, module: str, name: str) -> None:
        """Keep the module of r1c.profile, and the section's name in it."""
        self.module, self.name = module, name

    def load(self) -> Any:
        """Return the section."""
        return getattr(import_module(f"r1c.profile.{self.module}"), self.name)

    def __or__(self, other: Any) -> Any:
        """Write `Section | None` in an annotation, which only pydantic evaluates."""
        return Union[self, other]  # noqa: UP007  # the operator is being defined

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> Any:
        """Let pydantic take the section in its place."""
        return handler.generate_schema(self.load())
