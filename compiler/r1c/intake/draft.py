"""A draft of a profile, as data: the fields that are known, what to say beside them, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from r1c.diagnostics import Code, Finding, Path


@dataclass(frozen=True, slots=True)
class Draft:
    """A part of a profile.

    `fields` maps a path, down to a flag or a variable, to its value. `comments` stand beside a field,
    `remarks` between fields, each in front of the path that it names. `dropped` pairs what is not carried with
    the reason. A finding's path is a place in the source, not in the profile.
    """

    fields: Mapping[Path, Any] = field(default_factory=dict)
    comments: Mapping[Path, str] = field(default_factory=dict)
    remarks: tuple[tuple[Path, str], ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    findings: tuple[tuple[Code, Finding], ...] = ()


def at(dotted: str, *last: str) -> Path:
    """Return a path in the profile: at("spec.vllm.args", "max-model-len")."""
    return (*dotted.split("."), *last)


def given(fields: Mapping[str, Any]) -> Draft:
    """Return a draft of fields by their dotted paths; what is None is not known and left out."""
    return Draft(fields={at(path): value for path, value in fields.items() if value is not None})


def join(*drafts: Draft) -> Draft:
    """Put drafts together; a later field replaces an earlier one."""
    fields: dict[Path, Any] = {}
    comments: dict[Path, str] = {}
    for draft in drafts:
        fields |= draft.fields
        comments |= draft.comments
    return Draft(
        fields,
        comments,
        tuple(item for draft in drafts for item in draft.remarks),
        tuple(item for draft in drafts for item in draft.dropped),
        tuple(item for draft in drafts for item in draft.findings),
    )
