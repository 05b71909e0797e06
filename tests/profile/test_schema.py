"""The profile's JSON Schema: what editors and programs are told is what the compiler takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from optional_sections import NEEDED
from r1c import facts, pipeline, source
from r1c.diagnostics import Severity
from r1c.facts import vllm
from r1c.profile import fields
from r1c.profile.schema import recipe_schema

TESTS = Path(__file__).parents[1]
REPO = TESTS.parent
SCHEMA = json.loads(recipe_schema())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
BASE = (TESTS / "base.yaml").read_text(encoding="utf-8")
SHIPPED = [TESTS / "base.yaml", *sorted((REPO / "profiles").glob("*.yaml"))]


def faults(data: Any) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(data)]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema inside a schema."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(inner)


def sections() -> list[tuple[str, dict[str, Any]]]:
    return [("Recipe", SCHEMA), *SCHEMA["$defs"].items()]


def test_the_committed_schema_is_what_is_generated() -> None:
    committed = (REPO / "schemas" / "recipe.schema.json").read_text(encoding="utf-8")
    assert committed == recipe_schema(), "run `python tools/generate.py`"


def test_the_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schema_is_the_same_each_time() -> None:
    assert recipe_schema() == recipe_schema()
    assert recipe_schema().endswith("}\n")


@pytest.mark.parametrize(
    ("name", "section"), sections(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_section(name: str, section: dict[str, Any]) -> None:
    assert section["additionalProperties"] is False
    assert section["description"].endswith(".")
    for field, schema in section["properties"].items():
        assert schema["description"].endswith("."), f"{name}.{field}"
        assert "title" not in schema


def test_only_optional_fields_without_a_default_are_null() -> None:
    for _, section in sections():
        for name, schema in section["properties"].items():
            null = "null" in schema.get("type", ()) or None in schema.get("enum", ())
            absent = name not in section.get("required", ()) and "default" not in schema
            assert null == (absent and "$ref" not in schema and schema.get("type") != "object")
    assert not [node for node in nodes(SCHEMA) if node.get("default", 0) is None]


def test_each_field_has_one_set_of_types() -> None:
    """No choice between schemas: a misfit then has one place and one reason."""
    assert not [node for node in nodes(SCHEMA) if {"anyOf", "oneOf", "allOf", "not"} & set(node)]


def test_required_fields_are_those_of_the_profile() -> None:
    required = {name: section["required"] for name, section in sections() if "required" in section}
    assert required["Recipe"] == ["apiVersion", "kind", "metadata", "spec"]
    assert required["Metadata"] == ["name"]
    assert required["Spec"] == ["platform", "model", "vllm", "parallelism", "cluster", "image", "storage"]
    assert required["Cluster"] == ["project", "name", "region"]
    assert {name: required[name] for name in required if len(required[name]) == 1} == {
        "Metadata": ["name"],
        "Model": ["id"],
        "Vllm": ["version"],
        "Parallelism": ["tensor"],
        "Image": ["registry"],
        "Storage": ["bucket"],
        "SecretValue": ["secretKeyRef"],
        "Reservation": ["name"],
        "Topology": ["level"],
    }


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_profiles_are_valid(path: Path) -> None:
    document = source.read(path.name, path.read_bytes())
    assert document.findings == ()
    assert faults(document.data) == []


def put(data: Any, path: str, key: str, value: Any) -> None:
    for part in path.split(".") if path else ():
        listed = part in LISTS
        data = data.setdefault(part, [{}] if listed else {})
        data = data[0] if listed else data
    data[key] = value


LISTS = {field.path.split(".")[-1] for field in fields.every() if field.words == "list of maps"}


@pytest.mark.parametrize("path", ["", *(field.path for field in fields.every() if field.section)])
def test_unknown_keys_fail_at_every_depth(path: str) -> None:
    data = yaml.safe_load(BASE)
    put(data, path, "zzz", 1)
    assert [message for message in faults(data) if "zzz" in message]


@pytest.mark.parametrize("path", [field.path for field in fields.every() if field.required])
def test_missing_fields_fail(path: str) -> None:
    data = yaml.safe_load(BASE)
    data["spec"]["vllm"]["env"] = {fields.ANY_NAME: {"secretKeyRef": {"name": "vllm", "key": "api-key"}}}
    *parents, last = path.split(".")
    for optional, needed in NEEDED.items():
        if path.startswith(f"{optional}."):
            above, _, name = optional.rpartition(".")
            put(data, above, name, dict(needed))
    section = data
    for parent in parents:
        section = section[parent]
    del section[last]
    wanted = f"{last!r} is a required property"
    # What a variable's value may be else hides the reason in a fault's context.
    found = [fault, *fault.context] if (fault := next(VALIDATOR.iter_errors(data))).context else [fault]
    assert wanted in [item.message for item in found]


@pytest.mark.parametrize(
    "field",
    [field for field in fields.every() if not field.path.endswith(fields.ANY_NAME)],
    ids=lambda field: field.path,
)
def test_examples_are_valid_and_defaults_too(field: fields.Field) -> None:
    """What an editor offers is what the schema takes; pydantic keeps both beside the type unchecked."""
    parent, _, name = field.path.rpartition(".")
    owner = fields.inside(tuple(part for part in parent.split(".") if part))
    assert owner is not None
    schema = fields.names(owner)[name]
    inner = jsonschema.Draft202012Validator({**schema, "$defs": SCHEMA["$defs"]})
    for value in [*schema.get("examples", ()), *([schema["default"]] if "default" in schema else ())]:
        assert list(inner.iter_errors(value)) == []


def test_editors_are_offered_the_platforms_and_versions() -> None:
    spec, server = SCHEMA["$defs"]["Spec"]["properties"], SCHEMA["$defs"]["Vllm"]["properties"]
    assert set(spec["platform"]["examples"]) == set(facts.platforms())
    assert set(server["version"]["examples"]) == set(vllm.versions())
    assert [spec["platform"]["examples"][0], *server["version"]["examples"][:2]] == [
        "a3-mega",
        "v0.7.3",
        vllm.versions()[-1],
    ]


SHAPE = {"R1C101", "R1C102", "R1C103", "R1C104", "R1C105", "R1C106"}
CASES = [path for code in sorted(SHAPE) for path in sorted((TESTS / "check" / "rules" / code).glob("*.yaml"))]


MORE = {"bad-whole-fraction": False}
"""Where the two part: the compiler does not take 2.0 for an integer, as JSON Schema does."""


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_schema_and_the_compiler_agree(path: Path) -> None:
    raw = path.read_bytes()
    diagnostics = pipeline.analyse(path.name, raw).diagnostics
    found = {item.code for item in diagnostics if item.severity is Severity.ERROR}
    refused = bool(faults(source.read(path.name, raw).data))
    assert refused == MORE.get(path.stem, bool(found & SHAPE))
