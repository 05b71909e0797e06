"""A document to a profile: each fault of shape is reported once, and hides no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from optional_sections import NEEDED
from r1c import pipeline, source
from r1c.diagnostics import Diagnostic
from r1c.profile import fields, parse

BASE = yaml.safe_load((Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8"))
OPTIONAL = {"tolerations", "clients"}
"""Sections that may be null: absent means something else than empty."""
LISTS = {field.path.split(".")[-1] for field in fields.every() if field.words == "list of maps"}
FIELDS = [field for field in fields.every() if field.path not in ("spec.vllm.args", "extends")]


def parsed(data: Any) -> parse.Parsed:
    return parse.parse(source.read("profile.yaml", yaml.safe_dump(data, sort_keys=False).encode()))


def analysed(data: Any) -> tuple[Diagnostic, ...]:
    return pipeline.analyse("profile.yaml", yaml.safe_dump(data, sort_keys=False).encode()).diagnostics


def copied() -> dict[str, Any]:
    copy: dict[str, Any] = yaml.safe_load(yaml.safe_dump(BASE))
    return copy


def put(data: Any, path: str, value: Any) -> None:
    """Set a field, and the sections above it where the profile has none; a list of sections gets one item."""
    *parents, last = path.split(".")
    if path.endswith((".secretKeyRef.name", ".secretKeyRef.key")):
        put(data, path.rpartition(".")[0], {"name": "vllm", "key": "api-key"})
    for section, needed in NEEDED.items():
        if path.startswith(f"{section}."):
            put(data, section, dict(needed))
    if path.startswith("spec.scaling."):
        data["spec"].setdefault("monitoring", {})
    for parent in parents:
        data = data.setdefault(parent, [{}] if parent in LISTS else {})
        data = data[0] if isinstance(data, list) else data
    data[last] = value


def wrong(field: fields.Field) -> Any:
    """Return what the field does not take: a number for what is a map, else a map."""
    return 3.5 if field.section or "map" in field.words else {"wrong": 1}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_a_wrong_type_hides_no_other_fault(field: fields.Field) -> None:
    data = copied()
    data["status"] = {}
    put(data, "metadata.labels", {"a": "b", "c": ["d"]})
    put(data, field.path, wrong(field))
    found = analysed(data)
    assert [item.code for item in found if item.path == ("status",)] == ["R1C101"]
    if not field.path.startswith("metadata") or field.path == "metadata.name":
        assert [item.code for item in found if item.path == ("metadata", "labels", "c")] == ["R1C103"]
    broken = [item for item in found if fields.dotted(item.path).replace("[0]", "") == field.path]
    assert len(broken) == 1
    assert broken[0].code in ("R1C103", "R1C104", "R1C106", "R1C007")
    known = {"status", "metadata.labels.c", field.path}
    assert {fields.dotted(item.path).replace("[0]", "") for item in found} <= known


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_a_wrong_type_hides_no_fault_of_a_later_stage(field: fields.Field) -> None:
    if field.path in ("kind", "spec", "spec.platform") or field.path.startswith("spec.gpudirect"):
        pytest.skip("the later fault is about this field too")
    data = copied()
    put(data, "spec.gpudirect.release", "v1.0.10")
    put(data, field.path, wrong(field))
    # Rules of the block of the field may have a word on the rest of it.
    beyond = {"R1C644", "R1C646"}
    codes = [item.code for item in analysed(data) if item.code not in beyond]
    assert codes.count("R1C501") == 1
    assert len(codes) == 2


REQUIRED = [field for field in fields.every() if field.required]


@pytest.mark.parametrize("field", REQUIRED, ids=lambda field: field.path)
@pytest.mark.parametrize("null", [False, True])
def test_a_missing_field_is_one_fault(field: fields.Field, null: bool) -> None:
    data = copied()
    put(data, field.path, None)
    if not null:
        *parents, last = field.path.split(".")
        section = data
        for parent in parents:
            section = section[parent]
        del section[last]
    (diagnostic,) = analysed(data)
    wanted = "R1C106" if field.path in ("apiVersion", "kind") else "R1C102"
    assert (diagnostic.code, fields.dotted(diagnostic.path)) == (wanted, field.path)


@pytest.mark.parametrize(
    "section", [field for field in fields.every() if field.section], ids=lambda field: field.path
)
@pytest.mark.parametrize("value", [None, [], "x", 1, True, [{}], ["x"]])
def test_a_section_that_is_none_is_one_fault(section: fields.Field, value: Any) -> None:
    if isinstance(value, list) and section.path.split(".")[-1] in LISTS:
        pytest.skip("a list is what it takes")
    data = copied()
    put(data, section.path, value)
    if section.path.endswith(fields.ANY_NAME) and value == "x":
        pytest.skip("a string is what it takes")
    absent = value is None and section.path.split(".")[-1] in OPTIONAL
    assert [fields.dotted(item.path) for item in analysed(data)] == ([] if absent else [section.path])


def test_a_profile_without_a_fault_is_itself() -> None:
    result = parsed(BASE)
    assert (result.findings, result.doubtful) == ((), frozenset())
    spec = result.recipe.spec
    assert (result.recipe.metadata.name, spec.nodes) == (BASE["metadata"]["name"], BASE["spec"]["nodes"])
    assert spec.vllm.args == BASE["spec"]["vllm"]["args"]


def test_what_is_recovered_is_doubtful() -> None:
    data = copied()
    data["spec"]["nodes"] = "two"
    data["spec"]["replica"] = 3
    del data["spec"]["cluster"]["project"]
    result = parsed(data)
    assert result.doubtful == {("spec", "nodes"), ("spec", "cluster", "project"), ("spec", "replicas")}
    assert result.recipe.spec.nodes is None
    assert result.recipe.spec.cluster.project == "my-project"


def test_an_alias_of_a_section_is_recovered_without_the_other() -> None:
    text = yaml.safe_dump(BASE, sort_keys=False) + "  build: &same\n    region: {a: 1}\n  benchmark: *same\n"
    found = pipeline.analyse("profile.yaml", text.encode()).diagnostics
    assert [(item.code, fields.dotted(item.path)) for item in found] == [
        ("R1C101", "spec.benchmark.region"),
        ("R1C103", "spec.build.region"),
    ]


def test_a_merge_key_stands_for_what_is_missing_beside_it() -> None:
    data = yaml.safe_dump(BASE, sort_keys=False).replace(
        "    project: my-project\n", "    <<: {project: my-project}\n"
    )
    (diagnostic,) = pipeline.analyse("profile.yaml", data.encode()).diagnostics
    assert diagnostic.code == "R1C009"


def test_a_file_of_another_kind_is_one_fault() -> None:
    data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "A", "uid": 3}, "data": {"a": "b"}}
    (diagnostic,) = analysed(data)
    assert diagnostic.message == (
        "the file is a ConfigMap of v1; a recipe has apiVersion: r1c.dev/v1alpha1 and kind: Recipe"
    )


def test_a_fault_of_a_field_that_takes_several_types_is_one_fault() -> None:
    data = copied()
    put(data, "metadata.labels", {"str": 1, "int": [2]})
    put(data, "spec.gpudirect.buildType", {"str": 1})
    put(data, "spec.model.config", 3)
    assert sorted(fields.dotted(item.path) for item in analysed(data)) == [
        "metadata.labels.int",
        "metadata.labels.str",
        "spec.gpudirect.buildType",
        "spec.model.config",
    ]


def test_all_faults_come_in_file_order() -> None:
    found = pipeline.analyse(
        "bad.yaml", (Path(__file__).parents[1] / "check" / "rules/R1C101/bad-many.yaml").read_bytes()
    ).diagnostics
    places = [(item.span.line, item.span.column) for item in found if item.span]
    assert len(places) == len(found)
    assert places == sorted(places)
    assert len({item.code for item in found}) >= 8
    assert {item.code[:4] for item in found} >= {"R1C0", "R1C1", "R1C4", "R1C5"}
