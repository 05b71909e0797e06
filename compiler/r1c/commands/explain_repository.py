"""The fields of r1c.yaml by their names, with what refuses a profile that an entry does not allow."""

from __future__ import annotations

from r1c.diagnostics import Code
from r1c.profile import fields
from r1c.record import camel_case, replace
from r1c.repository.find import FILE
from r1c.repository.policy import POLICIES

FORM = "repository"
PREFIX = f"{FORM}."
"""Begins the name of a field of r1c.yaml, to tell it from one of the profile."""

WHOLE = (FORM, FILE)
"""Names of r1c.yaml as a whole, for its fields."""

DEFAULTS = "spec.defaults"
"""Has the fields of the profile, which have their own explanations."""


def every() -> tuple[fields.Field, ...]:
    """Return all fields, each with its name for `r1c explain`: repository.spec.allow.platforms."""
    return tuple(
        replace(field, path=f"{PREFIX}{field.path}") for field in fields.every(FORM, closed=DEFAULTS)
    )


def find(name: str) -> fields.Field | None:
    """Return the field of a name, with `spec.` or without; None for another name."""
    known = {field.path: field for field in every()}
    return known.get(name) or known.get(name.replace(PREFIX, f"{PREFIX}spec.", 1))


def codes(field: fields.Field) -> tuple[Code, ...]:
    """Return the codes of the profiles that a field of spec.allow refuses."""
    allow = f"{PREFIX}spec.allow"
    return tuple(item.code for item in POLICIES if field.path in (allow, f"{allow}.{camel_case(item.field)}"))
