"""A Document -> the Profile, with a finding for each fault of shape.

A profile with faults is healed as well: what is unknown is left out, what is wrong or missing gets a
stand-in, and the path is noted as doubtful. The later stages then look at the rest, so that one run reports
all that is wrong; a rule that reads a doubtful field is not asked.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from r1c import fields
from r1c.diagnostics import Code, Finding, Path, Severity
from r1c.fields import dotted
from r1c.profile import Profile
from r1c.source import AMBIGUOUS, CREDENTIAL, DUPLICATE, RETYPED, TAG, Document
from r1c.suggest import advice, closest, listed

UNKNOWN = Code(
    "R1C101",
    "unknown-field",
    Severity.ERROR,
    "The profile has a field that the format does not know",
    "A misspelt key that is silently ignored is the fault that costs most: the gpu-recipes values have a "
    "literal key "
    "`subnetworks[]:` that nothing reads (failures.md, GIT018).",
    "spec:\n  parallelism:\n    tensr: 8\n",
    "Use the field's name, or remove it.",
)
MISSING = Code(
    "R1C102",
    "missing-field",
    Severity.ERROR,
    "A field that has no default is missing",
    "Project, cluster, bucket and registry differ for every user, so no default would be honest.",
    "spec:\n  cluster:\n    project:\n",
    "Add the field.",
)
TYPE = Code(
    "R1C103",
    "wrong-type",
    Severity.ERROR,
    "A value has the wrong type",
    "A number in quotes, a list where one name belongs: vLLM or Kubernetes would refuse it twenty minutes "
    "later.",
    "spec:\n  replicas: two\n",
    "Write a value of the wanted type.",
)
CHOICE = Code(
    "R1C104",
    "not-a-choice",
    Severity.ERROR,
    "A value is none of those that the field takes",
    "The field takes a few fixed words.",
    "spec:\n  network:\n    mode: bridge\n",
    "Write one of the words listed.",
)
RANGE = Code(
    "R1C105",
    "out-of-range",
    Severity.ERROR,
    "A number is outside its range",
    "Kubernetes and vLLM refuse it.",
    "spec:\n  service:\n    port: 70000\n",
    "Write a number inside the range.",
)
FORMAT = Code(
    "R1C106",
    "not-a-recipe",
    Severity.ERROR,
    "The document is not a recipe of this format",
    "apiVersion and kind say how a file is to be read.",
    "kind: Deployment\n",
    "Write apiVersion: r1c.dev/v1alpha1 and kind: Recipe.",
)

CODES = (UNKNOWN, MISSING, TYPE, CHOICE, RANGE, FORMAT)

_STAND_INS: Mapping[str, Any] = {
    "apiVersion": "r1c.dev/v1alpha1",
    "kind": "Recipe",
    "spec.platform": "a3-mega",
    "spec.parallelism.tensor": 8,
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """The profile, whole or healed; the findings; and the paths whose values are not the user's."""

    profile: Profile
    findings: tuple[tuple[Code, Finding], ...]
    doubtful: frozenset[Path]


def parse(document: Document) -> Parsed:
    """Validate a usable document; the result is healed when findings are not empty."""
    data = copy.deepcopy(document.data)
    findings: list[tuple[Code, Finding]] = []
    doubtful = {
        finding.path[:-2] if code is DUPLICATE else finding.path
        for code, finding in document.findings
        if code in (DUPLICATE, AMBIGUOUS, TAG, CREDENTIAL)
    }
    while True:
        try:
            return Parsed(Profile.model_validate(data), tuple(findings), frozenset(doubtful))
        except ValidationError as error:
            errors = _one_each(error.errors(include_url=False), document)
        unknown = {path for path, item in errors.items() if item["type"] == "extra_forbidden"}
        meant = {near for path in unknown if (near := _meant(path)) and near not in document.places}
        for path, item in errors.items():
            if not _inside(path, doubtful) and path not in meant:
                findings.append(_finding(path, item, document))
            _heal(data, path, item)
            doubtful.add(path)
        doubtful -= unknown
        doubtful |= meant


def _one_each(errors: list[ErrorDetails], document: Document) -> dict[Path, ErrorDetails]:
    """Key the errors by profile path: pydantic adds the names of union members, which the document does not
    know.
    """
    result: dict[Path, ErrorDetails] = {}
    for item in errors:
        path: Path = ()
        for part in item["loc"]:
            here = (*path, part)
            if here in document.places or fields.find(here) or item["type"] == "extra_forbidden":
                path = here
            elif part == "[key]":
                break
            elif not (path in document.places and document.places[path].scalar) and not _is_tag(str(part)):
                path = here
        result.setdefault(path, item)
    return result


def _is_tag(part: str) -> bool:
    return part in ("str", "int", "bool", "float") or part.startswith(("dict[", "list["))


def _inside(path: Path, doubtful: set[Path]) -> bool:
    return any(path[:length] in doubtful for length in range(1, len(path) + 1))


def _siblings(path: Path) -> list[str]:
    parent = path[:-1]
    model: type[BaseModel] | None = Profile
    if parent:
        field = fields.find(parent)
        model = field.section if field else None
    return list(fields.names(model)) if model else []


def _meant(path: Path) -> Path | None:
    near = closest(str(path[-1]), _siblings(path))
    return (*path[:-1], near) if near else None


def _finding(path: Path, item: ErrorDetails, document: Document) -> tuple[Code, Finding]:
    kind, value = item["type"], item["input"]
    where = dotted(path)
    field = fields.find(path)
    if kind == "extra_forbidden":
        parent = dotted(path[:-1]) or "the profile"
        help_ = advice(str(path[-1]), _siblings(path), f"fields of {parent}")
        return UNKNOWN, Finding(path, f"unknown field {path[-1]} in {parent}", help_, on_key=True)
    if where in ("apiVersion", "kind"):
        wanted = _STAND_INS[where]
        found = f"{where} is {value}" if kind != "missing" else f"{where} is missing"
        return FORMAT, Finding(path, f"{found}; a recipe has {where}: {wanted}", f"write {where}: {wanted}")
    if kind == "missing" or (value is None and field and field.required):
        inner = [part.path.rsplit(".", 1)[-1] for part in _required(path)]
        needs = f"; it needs {listed(inner, 'and')}" if inner else ""
        meaning = f" ({field.description.rstrip('.')})" if field else ""
        example = f": {field.example}" if field and field.example is not None else ""
        return MISSING, Finding(
            path, f"{where} is missing{needs}", f"add {path[-1]}{example}{meaning}", on_key=True
        )
    if kind == "literal_error":
        choices = field.words.split(" or ") if field else []
        near = closest(str(value), choices)
        help_ = f"did you mean {near}?" if near else f"write {listed(choices)}"
        return CHOICE, Finding(path, f"{_shown(value)} is no value of {where}", help_)
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = "least" if kind == "greater_than_equal" else "most"
        limit = item["ctx"]["ge" if bound == "least" else "le"]
        return RANGE, Finding(
            path, f"{where} is {value}; the {bound} is {limit}", f"write {limit} or {_more(bound)}"
        )
    return _wrong_type(path, value, field.words if field else "a text", document)


def _wrong_type(path: Path, value: Any, wanted: str, document: Document) -> tuple[Code, Finding]:
    where = dotted(path)
    entry = document.places.get(path)
    written = entry.written if entry else ""
    if value is None:
        return TYPE, Finding(
            path, f"{where} has no value; {wanted} is wanted", "give it a value, or remove the line"
        )
    if "text" in wanted and isinstance(value, bool | int | float):
        what = "a truth value" if isinstance(value, bool) else f"the number {value}"
        return RETYPED, Finding(
            path,
            f"{where} is a text, but YAML reads {written} without quotes as {what}",
            f'write "{written}" in quotes',
        )
    if wanted == "a whole number" and isinstance(value, str) and value.strip().isdigit():
        return TYPE, Finding(
            path,
            f"{where} is the text {_shown(value)}; {wanted} is wanted",
            f"write {value.strip()} without quotes",
        )
    return TYPE, Finding(path, f"{where} is {_kind(value)}; {wanted} is wanted", f"write {wanted}")


def _more(bound: str) -> str:
    return "more" if bound == "least" else "less"


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return f"the text {_shown(value if len(value) <= 40 else value[:37] + '...')}"
    kinds = {dict: "a map", list: "a list", bool: "a truth value", int: f"the number {value}"}
    return kinds.get(type(value), f"the number {value}")


def _required(path: Path) -> list[fields.Field]:
    field = fields.find(path)
    if not field or not field.section:
        return []
    described = [fields.describe((*path, name), info) for name, info in fields.names(field.section).items()]
    return [inner for inner in described if inner.required]


def _heal(data: dict[str, Any], path: Path, item: ErrorDetails) -> None:
    """Make the value at `path` acceptable: remove it where it may be absent, else put a stand-in there."""
    parent: Any = data
    for part in path[:-1]:
        parent = parent[part]
    last: Any = path[-1] if path else None
    field = fields.find(path)
    if item["type"] == "extra_forbidden":
        # A key that is no text has been dropped while reading, so the name is there as it is.
        parent.pop(last, None)
    elif isinstance(parent, list):
        parent[last] = _stand_in(path, None)
    elif field is None or field.required:
        parent[last] = _stand_in(path, field)
    else:
        parent.pop(last, None)


def _stand_in(path: Path, field: fields.Field | None) -> Any:
    where = dotted(path)
    if where in _STAND_INS:
        return _STAND_INS[where]
    if field and field.section:
        return {
            inner.path.rsplit(".", 1)[-1]: _stand_in(_split(inner.path), inner) for inner in _required(path)
        }
    if field and field.example is not None:
        return field.example
    return "unknown"


def _split(path: str) -> Path:
    return tuple(path.split("."))
