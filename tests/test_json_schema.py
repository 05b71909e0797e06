"""Every misfit is found where the jsonschema package finds it, and by the same keyword."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from r1c import json_schema
from r1c.json_schema import Misfit, UnknownKeywordError, judged, load, misfits, prepared
from r1c.lower import lower
from r1c.lower.kustomization import CONFIGURATION, constant_files
from r1c.pipeline import analyse
from r1c.verify.documents import Item, items, word
from r1c.verify.schema import BY_FILE, BY_KIND

REPO = Path(__file__).resolve().parent.parent
NAMES = sorted(path.name.removesuffix(".schema.json") for path in (REPO / "schemas").glob("*.schema.json"))
PROFILES = sorted(
    [
        *REPO.glob("profiles/*.yaml"),
        *REPO.glob("tests/cases/*/*.yaml"),
        *REPO.glob("tests/check/rules/*/*.yaml"),
    ]
)
COMPILED = [path for path in PROFILES if path.parent.parent.name != "rules"]
ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.0, 0.5, 2.0, 1e300, 10**400, -(10**400), float("inf"), float("nan"),
    10**9, 70000,
    "", "x", "x\n", "A b", "-", "8", "1Gi", "50%", "a" * 300, "/x:y", "true", "host",
    [], ["x"], ["x", "x"], [1], [1, 1.0], [1, True], [{}, {}], [[1], [True]], [{"a": 1}, {"a": 1.0}],
    {}, {"a": "b"}, {"a": 1}, {"name": "x"}, {"operator": "In"}, {"script": "x", "args": ["y"]}, {"": None},
)  # fmt: skip


def is_integer(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(_: Any, value: Any) -> bool:
    return is_integer(_, value) or (isinstance(value, float) and value - value == 0)


def pattern(_: Validator, wanted: str, value: Any, __: Any) -> Iterator[ValidationError]:
    """`$` is the end: Python's also stands before a last line feed."""
    import re

    if isinstance(value, str) and not re.search(wanted.replace("$", r"\Z"), value):
        yield ValidationError("no match")


STRICT: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": is_integer, "number": is_number}
    ),
)


@cache
def registry() -> Any:
    resources = []
    for name in NAMES:
        # A schema that names its dialect or its address would be judged by that dialect, or at that address.
        schema = {key: value for key, value in load(name).items() if key not in ("$schema", "$id")}
        resources.append((f"{name}.schema.json", DRAFT202012.create_resource(schema)))
    return Registry().with_resources(resources)


@cache
def oracle(name: str) -> Any:
    return STRICT({"$ref": f"{name}.schema.json"}, registry=registry())


Place = tuple[tuple[Any, ...], str]


def theirs(validator: Any, value: Any) -> set[Place]:
    return {(tuple(error.absolute_path), error.validator) for error in validator.iter_errors(value)}


def ours(found: list[Misfit]) -> set[Place]:
    """Return the places as jsonschema has them: a missing or unknown field counts for the map."""
    own = ("required", "additionalProperties")
    return {(item.path[:-1] if item.keyword in own else item.path, item.keyword) for item in found}


def same(name: str, value: Any) -> bool:
    return ours(misfits(name, value)) == theirs(oracle(name), value)


def schema_of(item: Item) -> str:
    return BY_KIND.get((word(item.body, "apiVersion"), item.kind)) or BY_FILE[Path(item.file).name]


@cache
def samples() -> tuple[tuple[str, Any], ...]:
    """Return every document of the recipes and every profile, with the name of its schema."""
    found: dict[str, tuple[str, Any]] = {}
    for path in COMPILED:
        plan = analyse(path.name, path.read_bytes()).plan
        for item in items(lower(plan)) if plan else ():
            found.setdefault(repr(item.body), (schema_of(item), item.body))
    for path in PROFILES:
        try:
            data = yaml.safe_load(path.read_bytes())
        except (yaml.YAMLError, ValueError):
            continue
        found[repr(path)] = ("recipe", data)
    found[CONFIGURATION] = ("kustomizeconfig", yaml.safe_load(constant_files()[0].content))
    return tuple(found.values())


def changed(value: Any, generator: random.Random) -> Any:
    """Change one thing somewhere: another value, one key less, one key more, one item twice."""
    whole = copy.deepcopy(value)
    holder: Any = whole
    while isinstance(holder, dict | list):
        keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys or generator.random() < 0.05:
            break
        key = generator.choice(keys)
        if isinstance(holder[key], dict | list) and generator.random() < 0.85:
            holder = holder[key]
            continue
        if generator.random() < 0.25:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(generator.choice(ODD))
        return whole
    if isinstance(holder, dict):
        holder[generator.choice(("x", "name", "args", "port", "exec"))] = copy.deepcopy(generator.choice(ODD))
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[0] if holder else generator.choice(ODD)))
    return whole


def test_the_schemas_are_all_of_those_that_are_used() -> None:
    used = {*BY_KIND.values(), *BY_FILE.values(), "pod-template", "primitives", "recipe", "repository"}
    assert set(NAMES) == used
    assert {name for name, _ in samples()} >= {"leaderworkerset", "job", "service", "cloudbuild", "recipe"}


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_judges_odd_values_as_jsonschema_does(name: str) -> None:
    for value in ODD:
        assert same(name, value), value
    for definition in load(name).get("$defs", ()):
        reference = f"{name}.schema.json#/$defs/{definition}"
        checks, validator = prepared({"$ref": reference}), STRICT({"$ref": reference}, registry=registry())
        for value in ODD:
            assert ours(judged(checks, value)) == theirs(validator, value), (definition, value)


def test_thousands_of_changed_values_are_judged_as_jsonschema_does() -> None:
    generator = random.Random(1)
    by_schema: dict[str, list[Any]] = {}
    for name, value in samples():
        by_schema.setdefault(name, []).append(value)
    verdicts = {True: 0, False: 0}
    for _ in range(4000):
        name = generator.choice(sorted(by_schema))
        whole = generator.choice(by_schema[name])
        for _ in range(generator.choice((1, 1, 2, 4))):
            whole = changed(whole, generator)
        assert same(name, whole), (name, whole)
        verdicts[not misfits(name, whole)] += 1
    assert min(verdicts.values()) > 150, verdicts


KEYWORDS: tuple[dict[str, Any], ...] = (
    *({"type": kind} for kind in ("string", "integer", "number", "boolean", "array", "object", "null")),
    {"type": ["integer", "null"], "minimum": 1},
    {"const": 1}, {"const": True}, {"const": "x"}, {"const": [1]}, {"const": {"a": 1}},
    {"enum": [1, "x", None]}, {"enum": [False, {}]},
    {"minimum": 1}, {"maximum": 1}, {"minLength": 1}, {"maxLength": 1}, {"pattern": "^x$"}, {"pattern": "b"},
    {"minItems": 1}, {"maxItems": 1}, {"uniqueItems": True}, {"uniqueItems": False},
    {"minProperties": 1}, {"maxProperties": 0},
    {"required": ["a", "name"]}, {"properties": {"a": {"type": "string"}}},
    {"additionalProperties": False}, {"additionalProperties": {"type": "string"}},
    {"properties": {"a": True}, "additionalProperties": False}, {"propertyNames": {"pattern": "^n"}},
    {"items": {"type": "integer"}}, {"items": {"items": {"const": 1}}},
    {"anyOf": [{"type": "string"}, {"minimum": 1}]},
    {"oneOf": [{"type": "string"}, {"minLength": 1}]},
    {"not": {"type": "string"}}, {"not": {}},
)  # fmt: skip


@pytest.mark.parametrize("schema", KEYWORDS, ids=json.dumps)
def test_each_keyword(schema: dict[str, Any]) -> None:
    found = [ours(judged(prepared(schema), value)) for value in ODD]
    assert found == [theirs(STRICT(schema), value) for value in ODD]
    assert any(found) or schema == {"uniqueItems": False}


def test_each_keyword_has_a_case() -> None:
    assert {key for schema in KEYWORDS for key in schema} == {
        "type",
        *json_schema._FIELDS,
        *json_schema._MAKERS,
        *json_schema._SIMPLE,
    }


def test_a_misfit_has_both_sides() -> None:
    schema = {"properties": {"a": {"type": "array", "items": {"minimum": 3}}}}
    assert judged(prepared(schema), {"a": [5, 2]}) == [
        Misfit(("a", 1), "minimum", 2, 3, {"minimum": 3}),
    ]


def test_an_item_that_fitted_says_nothing_of_an_equal_one_of_another_type() -> None:
    checks = prepared({"items": {"type": "integer"}})
    assert judged(checks, [1]) == []
    other = object()
    wrong = [((0,), "type", True), ((1,), "type", 1.0), ((3,), "type", other)]
    for _ in range(2):
        found = judged(checks, [True, 1.0, 1, other])
        assert [(misfit.path, misfit.keyword, misfit.value) for misfit in found] == wrong


def test_a_missing_and_an_unknown_field_have_a_path_of_their_own() -> None:
    schema = {"required": ["a"], "properties": {"a": {}}, "additionalProperties": False}
    assert judged(prepared(schema), {"b": 1}) == [
        Misfit(("a",), "required", {"b": 1}, ["a"], schema),
        Misfit(("b",), "additionalProperties", {"b": 1}, False, schema),
    ]


def test_a_misfit_of_a_key_says_so() -> None:
    assert judged(prepared({"propertyNames": {"maxLength": 1}}), {"ab": 1}) == [
        Misfit((), "maxLength", "ab", 1, {"maxLength": 1}, of_key=True)
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"types": "string"},
        {"format": "date"},
        {"properties": {"a": {"patternProperties": {}}}},
        {"items": {"anyOf": [{"multipleOf": 2}]}},
        {"$ref": "primitives.schema.json#/$defs/strings", "deprecated": True},
        {"additionalProperties": {"allOf": []}},
        {"items": False},
    ],
    ids=json.dumps,
)
def test_an_unknown_keyword_is_refused_when_a_schema_is_loaded(schema: dict[str, Any]) -> None:
    with pytest.raises(UnknownKeywordError):
        prepared(schema)


def test_a_definition_that_nothing_uses_is_loaded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_schema, "_file", lambda _: {"$defs": {"a": {"dependentRequired": {}}}})
    json_schema._referred.cache_clear()
    with pytest.raises(UnknownKeywordError):
        misfits("any", {})
    json_schema._referred.cache_clear()
