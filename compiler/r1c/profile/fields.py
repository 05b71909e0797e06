"""The profile's fields by path: what each is for, its type and its default, as recipe.schema.json has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from r1c.diagnostics import Path
from r1c.json_schema import Schema, load
from r1c.record import record


@record
class Field:
    """One field: its dotted path, type, default, meaning and an example.

    `words` is the type in YAML's words, `default` is YAML. `section` is the schema of the map that it is, or
    of the maps in its list, where the format names their fields. `choices` are the strings that it accepts,
    empty if it accepts others.
    """

    path: str
    words: str
    required: bool
    default: str
    description: str
    section: Schema | None
    example: Any
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The field's own name, the last of its path."""
        return self.path.rpartition(".")[2]

    @property
    def either(self) -> bool:
        """Whether it is a section or something else, such as a string."""
        return self.section is not None and " or " in self.words


ANY_NAME = "NAME"
"""Stands in a path for any key of a map."""


def dotted(path: Path) -> str:
    """Write a path as users do: spec.network.subnetworks[1]."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def names(section: Schema) -> Mapping[str, Schema]:
    """Return the schemas of a section's fields by name."""
    properties: Mapping[str, Schema] = section["properties"]
    return properties


RECIPE = "recipe"
"""The schema of the profile; the functions here read another one where they are given its name."""


def profile(form: str = RECIPE) -> Schema:
    """Return the schema of the profile as a whole."""
    return load(form)


@lru_cache(maxsize=256)
def find(path: Path, form: str = RECIPE) -> Field | None:
    """Return the field at a path; an item of a list is a field too.

    None if the profile has no declared field (a label, a vLLM flag).
    """
    section: Schema | None = profile(form)
    found: Field | None = None
    schema: Schema = profile(form)
    for length, part in enumerate(path, start=1):
        if isinstance(part, int):
            if "items" not in schema:
                return None
            schema = schema["items"]
            found = Field(dotted(path[:length]), words(schema), True, "", "", section_of(schema, form), None)
        elif section is None and (inner := _values(schema, form)):
            schema = inner
            found = Field(dotted(path[:length]), words(schema), True, "", "", section_of(schema, form), None)
        else:
            if section is None or part not in names(section):
                return None
            found, schema = describe(path[:length], section, form), names(section)[part]
        section = found.section
    return found


def section_of(schema: Schema, form: str = RECIPE) -> Schema | None:
    """Return the schema of the section that a field is, or that the items of its list are."""
    if "$ref" in schema:
        target: Schema = profile(form)["$defs"][schema["$ref"].rpartition("/")[2]]
        return target
    return section_of(schema["items"], form) if "items" in schema else None


def _values(schema: Schema, form: str = RECIPE) -> Schema | None:
    """Return the schema of a map's values where they can be sections."""
    values = schema.get("additionalProperties")
    return values if isinstance(values, dict) and section_of(values, form) else None


def describe(path: Path, section: Schema, form: str = RECIPE) -> Field:
    """Put a field of a section into words; it has the last name of the path."""
    schema, default = names(section)[str(path[-1])], ""
    value = schema.get("default")
    if isinstance(value, bool):
        default = "true" if value else "false"
    elif isinstance(value, str | int):
        default = str(value)
    return Field(
        dotted(path),
        words(schema),
        path[-1] in section.get("required", ()),
        default,
        schema["description"],
        section_of(schema, form),
        schema["examples"][0] if "examples" in schema else None,
        choices(schema),
    )


def inside(path: Path, form: str = RECIPE) -> Schema | None:
    """Return the schema of the section at a path: the profile itself at the empty one."""
    found = find(path, form)
    return profile(form) if not path else found.section if found else None


def required(path: Path, form: str = RECIPE) -> tuple[Field, ...]:
    """Return the fields that the section at a path cannot do without."""
    section = inside(path, form)
    described = [describe((*path, name), section, form) for name in names(section)] if section else []
    return tuple(field for field in described if field.required)


def kinds(schema: Schema) -> tuple[str, ...]:
    """Return the JSON types that a field takes, without null."""
    types = schema.get("type", "object" if "$ref" in schema else "string")
    return tuple(kind for kind in ([types] if isinstance(types, str) else types) if kind != "null")


def choices(schema: Schema) -> tuple[str, ...]:
    """Return the strings that a field accepts, empty if it accepts others."""
    fixed = [schema["const"]] if "const" in schema else schema.get("enum", ())
    return tuple(choice for choice in fixed if choice is not None)


def words(schema: Schema) -> str:
    """Say a type in YAML's words: string, integer or string, list of maps, one of pod, host."""
    fixed = choices(schema)
    if fixed:
        return fixed[0] if len(fixed) == 1 else f"one of {', '.join(fixed)}"
    return " or ".join(_kind(schema, kind) for kind in kinds(schema))


def _kind(schema: Schema, kind: str) -> str:
    if kind == "array":
        return f"list of {words(schema['items'])}s"
    if kind == "object":
        values = schema.get("additionalProperties")
        if isinstance(values, dict) and values:
            return f"map of {' and '.join(f'{_kind(values, of)}s' for of in kinds(values))}"
        return "map"
    return kind


@cache
def every(form: str = RECIPE, closed: str = "") -> tuple[Field, ...]:
    """Return all fields of the profile, sections before their own fields, in the order of the format.

    The fields of the section `closed` are left out.
    """

    def walk(section: Schema, path: Path) -> Iterator[Field]:
        for name in names(section):
            field = describe((*path, name), section, form)
            yield field
            if field.path == closed:
                continue
            if field.section:
                yield from walk(field.section, (*path, name))
            inner = _values(names(section)[name], form)
            value = section_of(inner, form) if inner else None
            if inner and value:
                place = (*path, name, ANY_NAME)
                yield Field(dotted(place), words(inner), False, "", value["description"], value, None)
                yield from walk(value, place)

    return tuple(walk(profile(form), ()))
