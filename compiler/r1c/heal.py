"""A Document with faults of shape -> a Profile that is healed, and a finding for each fault.

What is unknown is left out, what is wrong or missing gets a stand-in, and the path is noted as doubtful. The
later stages then look at the rest, so that one run reports all that is wrong; a rule that reads a doubtful
field is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from r1c import fields, shape
from r1c.diagnostics import Code, Finding, Path
from r1c.fields import dotted
from r1c.form import FORMAT, FORMATS
from r1c.profile import REFERENCE, Profile
from r1c.shape import required
from r1c.source import Document, named

_STAND_INS: Mapping[str, Any] = {
    **FORMATS,
    "spec.platform": "a3-mega",
    "spec.parallelism.tensor": 8,
}


Found = list[tuple[Code, Finding]]


def heal(document: Document, doubtful: set[Path]) -> tuple[Profile, Found]:
    """Return the profile with what pydantic finds wrong put right; the places of that join `doubtful`."""
    other = _other_kind(document)
    if other:
        whole = {name: _stand_in((name,), fields.find((name,))) for name in fields.names(Profile)}
        doubtful.clear()
        doubtful.add(())
        return Profile.model_validate(whole), [other]
    data = _copied(document.data)
    findings: Found = []
    # Where a key could not be read, what is missing there may have been meant by it.
    torn = {named(finding.path) for _, finding in document.findings if named(finding.path) != finding.path}
    healed: set[Path] = set()
    while True:
        try:
            return Profile.model_validate(data), findings
        except ValidationError as error:
            errors = _one_each(error.errors(include_url=False), document, data)
        unknown = {path for path, item in errors.items() if item["type"] == "extra_forbidden"}
        meant = {path for found in unknown if (path := shape.near(found)) and path not in document.places}
        mended: set[Path] = set()
        for path, item in errors.items():
            lost = path not in unknown and (path in torn or (item["type"] == "missing" and path[:-1] in torn))
            if not _inside(path, doubtful) and path not in meant and not lost:
                findings.append(shape.finding(path, item, document))
            target = path
            while target in healed:
                target = target[:-1]
            if not _inside(target, mended):
                _heal(data, target, unknown=target in unknown)
                mended.add(target)
            doubtful.add(path)
        healed |= mended
        doubtful -= unknown
        doubtful |= meant


def _other_kind(document: Document) -> tuple[Code, Finding] | None:
    """Tell a file of another kind, such as a Deployment: its fields are not worth a word each."""
    version, kind = document.data.get("apiVersion"), document.data.get("kind")
    if not isinstance(version, str) or not isinstance(kind, str):
        return None
    if version == FORMATS["apiVersion"] or kind == FORMATS["kind"]:
        return None
    wanted = f"apiVersion: {FORMATS['apiVersion']} and kind: {FORMATS['kind']}"
    message = f"the file is a {kind} of {version}; a recipe has {wanted}"
    return FORMAT, Finding(("kind",), message, "give r1c a recipe, or start one with `r1c init`")


def _copied(value: Any) -> Any:
    """Copy plain data; what aliases shared becomes a copy each, so that healing one leaves the others."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _one_each(errors: list[ErrorDetails], document: Document, data: Any) -> dict[Path, ErrorDetails]:
    """Key the errors by profile path: pydantic adds the names of union members, which the document does not
    know.
    """
    result: dict[Path, ErrorDetails] = {}
    for item in errors:
        path: Path = ()
        value: Any = data
        for part in item["loc"]:
            here = (*path, part)
            if part == REFERENCE:
                continue
            if _is_tag(str(part)) and value is item["input"] and item["type"] != "extra_forbidden":
                break
            value = _inner(value, part)
            if here in document.places or fields.find(here) or item["type"] == "extra_forbidden":
                path = here
            elif part == "[key]":
                break
            elif not (path in document.places and document.places[path].scalar) and not _is_tag(str(part)):
                path = here
        result.setdefault(path, item)
    return result


def _inner(value: Any, part: str | int) -> Any:
    fits = isinstance(value, dict if isinstance(part, str) else list)
    return value[part] if fits and (isinstance(part, int) or part in value) else value


def _is_tag(part: str) -> bool:
    return part in ("str", "int", "bool", "float") or part.startswith(("dict[", "list["))


def _inside(path: Path, doubtful: set[Path]) -> bool:
    return any(path[:length] in doubtful for length in range(1, len(path) + 1))


def _heal(data: dict[str, Any], path: Path, *, unknown: bool) -> None:
    """Make the value at `path` acceptable: remove it where it may be absent, else put a stand-in there."""
    parent: Any = data
    for part in path[:-1]:
        parent = parent[part]
    last: Any = path[-1]
    field = fields.find(path)
    if unknown or (isinstance(parent, dict) and field and not field.required):
        parent.pop(last, None)
    else:
        parent[last] = _stand_in(path, field)


def _stand_in(path: Path, field: fields.Field | None) -> Any:
    where = dotted(path)
    if where in _STAND_INS:
        return _STAND_INS[where]
    if field and field.section:
        return {name: _stand_in((*path, name), inner) for name, inner in required(path)}
    if field and field.example is not None:
        return field.example
    return "unknown"
