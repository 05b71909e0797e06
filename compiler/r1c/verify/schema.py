"""One YAML document -> what does not fit the schema of its kind, or of its file where it has no kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from r1c.diagnostics import Path
from r1c.json_schema import Misfit, misfits
from r1c.lower.kinds import KINDS
from r1c.verify.documents import Item, fault, word

_SAME = {"PrometheusRule": "rules"}
BY_KIND: Mapping[tuple[str, str], str] = {
    **{(kind.api_version, kind.name): _SAME.get(kind.name, kind.name.lower()) for kind in KINDS},
    ("kustomize.config.k8s.io/v1beta1", "Kustomization"): "kustomization",
}
"""The schema of each kind, by its apiVersion and name."""
BY_FILE: Mapping[str, str] = {
    "cloudbuild.yaml": "cloudbuild",
    "kustomizeconfig.yaml": "kustomizeconfig",
    "kustomizeconfig-blocks.yaml": "kustomizeconfig",
    "kustomizeconfig-claims.yaml": "kustomizeconfig",
    "kustomizeschema.yaml": "kustomizeschema",
}

_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "object": "a map",
    "string": "a string",
}


def faults(item: Item) -> Iterator[str]:
    """Yield each misfit of a document; a kind or a file that has no schema is one too."""
    api_version = word(item.body, "apiVersion")
    if item.kind:
        schema = BY_KIND.get((api_version, item.kind))
        unknown = f"r1c has no schema for the kind {item.kind} of {api_version or 'no apiVersion'}"
    else:
        schema = BY_FILE.get(item.file.rpartition("/")[2])
        unknown = "the document has no kind, and r1c has no schema for a file of this name"
    if schema is None:
        yield fault(item, (), unknown)
        return
    for misfit in misfits(schema, item.body):
        yield fault(item, *_explained(misfit))


def _explained(misfit: Misfit) -> tuple[Path, str]:  # noqa: PLR0912  # one a keyword
    """Return where a fault is reported, and its words."""
    path, wanted, shown = misfit.path, misfit.wanted, _shown(misfit.value)
    if misfit.of_key:
        shown = f"the key {shown}"
    match misfit.keyword:
        case "additionalProperties":
            return path, "unknown field"
        case "required":
            return path[:-1], f"the field {path[-1]} is missing"
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return path, f"{shown} is not {' or '.join(_WORDS[kind] for kind in kinds)}"
        case "enum":
            return path, f"{shown} is not one of {', '.join(map(str, wanted))}"
        case "const":
            return path, f"{shown} is not {wanted}"
        case "minimum":
            return path, f"{shown} is below {wanted}"
        case "maximum":
            return path, f"{shown} is above {wanted}"
        case "minLength" | "minItems" | "minProperties":
            return path, f"{shown} has {_size(misfit.value)}; the minimum is {wanted}"
        case "maxLength" | "maxItems" | "maxProperties":
            return path, f"{shown} has {_size(misfit.value)}; the maximum is {wanted}"
        case "pattern":
            return path, f"{shown} does not match {wanted}"
        case "uniqueItems":
            return path, f"{shown} has an entry twice"
        case _:
            # What several schemas say together has its words in the description.
            return path, misfit.schema["description"]


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    return f"a Python {type(value).__name__}"


def _size(value: Any) -> str:
    return f"{len(value)} {'characters' if isinstance(value, str) else 'entries'}"
