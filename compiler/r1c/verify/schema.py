"""One YAML document -> what does not fit the schema of its kind, or of its file where it has no kind."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from r1c.diagnostics import Path
from r1c.resources import schemas_dir
from r1c.verify.item import Item, fault, word
from r1c.verify.validators import fits

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

BY_KIND: Mapping[tuple[str, str], str] = {
    ("apps/v1", "Deployment"): "deployment",
    ("batch/v1", "Job"): "job",
    ("external-secrets.io/v1", "ExternalSecret"): "externalsecret",
    ("kustomize.config.k8s.io/v1beta1", "Kustomization"): "kustomization",
    ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"): "leaderworkerset",
    ("v1", "ConfigMap"): "configmap",
    ("v1", "Secret"): "secret",
    ("v1", "Service"): "service",
    ("v1", "ServiceAccount"): "serviceaccount",
}
BY_FILE: Mapping[str, str] = {
    "cloudbuild.yaml": "cloudbuild",
    "kustomizeconfig.yaml": "kustomizeconfig",
    "kustomizeschema.yaml": "kustomizeschema",
}

_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "object": "a mapping",
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
    if fits(schema, item.body):
        return
    # Only the library says what it is that does not fit; nothing else needs it.
    for error in _validator(schema).iter_errors(item.body):
        for path, what in _explained(error):
            yield fault(item, path, what)


@functools.cache
def _validator(name: str) -> Validator:
    """Return the validator of one schema; the schemas refer to each other by file name."""
    from jsonschema import Draft202012Validator, validators
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    # As strict as the API server: 1.0 is no integer, and a name does not end in a line feed.
    strict: Any = validators.extend(  # type: ignore[no-untyped-call]
        Draft202012Validator,
        {"pattern": _pattern},
        type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
            "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
        ),
    )
    resources = []
    for path in sorted(schemas_dir().glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        # A schema that names its dialect would be judged by that dialect's own validator, not by this one.
        schema.pop("$schema", None)
        resources.append((path.name, DRAFT202012.create_resource(schema)))
    registry: Any = Registry().with_resources(resources)
    made: Validator = strict({"$ref": f"{name}.schema.json"}, registry=registry)
    return made


def _pattern(_validator: Validator, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    # Python's `$` also stands before a last line feed; JSON Schema's does not.
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield ValidationError("no match")


def _explained(error: ValidationError) -> Iterator[tuple[Path, str]]:  # noqa: PLR0912  # one a keyword
    """Yield the path and the words for one of the library's errors: an unknown field each its own."""
    path = tuple(error.absolute_path)
    instance: Any = error.instance
    shown = _shown(instance)
    about = "the key " if "propertyNames" in error.absolute_schema_path else ""
    wanted: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            for key in instance:
                if key not in schema.get("properties", {}):
                    yield (*path, key), "the field is not known"
        case "required":
            for key in wanted:
                if key not in instance:
                    yield path, f"the field {key} is missing"
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            yield path, f"{shown} is not {' or '.join(_WORDS[kind] for kind in kinds)}"
        case "enum":
            yield path, f"{shown} is not one of {', '.join(map(str, wanted))}"
        case "const":
            yield path, f"{shown} is not {wanted}"
        case "minimum":
            yield path, f"{shown} is below {wanted}"
        case "maximum":
            yield path, f"{shown} is above {wanted}"
        case "minLength" | "minItems" | "minProperties":
            yield path, f"{about}{shown} has {_size(instance)}; at least {wanted} are needed"
        case "maxLength" | "maxItems" | "maxProperties":
            yield path, f"{about}{shown} has {_size(instance)}; at most {wanted} are allowed"
        case "oneOf" | "not":
            yield path, schema["description"]
        case "pattern":
            yield path, f"{about}{shown} does not match {wanted}"
        case _:
            yield path, error.message


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    return f"a Python {type(value).__name__}"


def _size(value: Any) -> str:
    return f"{len(value)} {'characters' if isinstance(value, str) else 'entries'}"
