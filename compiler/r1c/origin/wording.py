"""An origin in words: what it is, where it is, and what to edit to change the line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from r1c.origin.origins import Origin
from r1c.origin.sections import section
from r1c.origin.trace import Line

_PATCH = "patch it in an overlay (docs/kustomize.md)"
_LONGEST = 60
"""Characters of a value that are shown."""


def described(origin: Origin, *, cited: bool = True) -> str:
    """Return what an origin is and where, on one line; a fact with its source and date if it is `cited`."""
    value = origin.value.replace("\n", " ")
    value = f": {value[:_LONGEST]}{'...' if len(value) > _LONGEST else ''}" if value else ""
    if origin.kind == "field":
        return f"{origin.name}{value} ({origin.place})"
    if origin.kind == "default":
        return f"{origin.name}{value} (default)" if value else f"{origin.name} (not given)"
    if origin.kind == "fact":
        since = ", ".join(part for part in (origin.source, origin.date) if part and cited)
        return f"{origin.name}{value} ({origin.place}{f'; {since}' if since else ''})"
    if origin.kind == "profile":
        return f"all fields of {origin.file}"
    return f"{origin.name}, see {section(origin.file)}"


def parts(line: Line, profile: str) -> dict[str, tuple[str, ...]]:
    """Return what is said of a line, by the titles."""
    rules = dict.fromkeys(described(item) for item in line.made_of if item.kind == "rule")
    return {
        "made of": tuple(described(item) for item in line.made_of if item.kind != "rule"),
        "written by": tuple(rules),
        "depends on": tuple(described(item, cited=False) for item in line.conditions),
        "to change it": advice(line, profile),
    }


def advice(line: Line, profile: str) -> tuple[str, ...]:
    """Return what to change to change a line, the fields that it is made of before its conditions."""
    own = [item for item in line.made_of if item.kind in ("field", "default")]
    fields = [item for item in line.conditions if item.kind in ("field", "default")]
    # A field that is not given is there to replace a fact; one that is given decides about more.
    asked = own or sorted(fields, key=lambda item: item.kind != "default")
    found = [_change(item, profile) for item in asked]
    if any(item.kind == "profile" for item in line.made_of):
        found.append(f"change any field of {profile}: the line has the digest of all of them")
    if not own and any(item.kind == "fact" for item in line.made_of):
        found.append(
            "the value is a fact of r1c: a newer r1c may have another, or patch it (docs/kustomize.md)"
        )
    elif found and not own and all(item.kind == "rule" for item in line.made_of):
        found.insert(0, f"r1c writes this text itself: {_PATCH}, or change what it depends on:")
    if not found:
        found.append(f"no field changes it: r1c always writes it so; {_PATCH}")
    return tuple(found)


def _change(origin: Origin, profile: str) -> str:
    if origin.kind == "default":
        return f"write {origin.name} into {profile}"
    return f"change {origin.name} at {origin.place}"


def short(line: Line) -> str:
    """Return the first origin of a line in few words, with the number of others that are not rules."""
    first = line.made_of[0]
    others = sum(item.kind != "rule" for item in line.made_of[1:])
    named = {"field": first.name, "default": f"{first.name} (default)", "profile": "all fields"}
    text = named.get(first.kind, first.place if first.kind == "fact" else first.file)
    return f"{text} +{others}" if others else text


def as_data(line: Line, profile: str) -> dict[str, Any]:
    """Return a line and its origins as JSON data."""
    return {
        "line": line.number,
        "text": line.text,
        "madeOf": _data(line.made_of),
        "conditions": _data(line.conditions),
        "change": list(advice(line, profile)),
    }


def _data(origins: Sequence[Origin]) -> list[dict[str, Any]]:
    return [_one(item) for item in origins]


def _one(origin: Origin) -> dict[str, Any]:
    keys = ("kind", "name", "value", "file", "line", "source", "date")
    data = {key: getattr(origin, key) for key in keys}
    if origin.kind == "rule":
        data["page"] = section(origin.file)
    return {key: value for key, value in data.items() if value not in ("", None)}
