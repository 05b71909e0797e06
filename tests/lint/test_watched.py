"""A watched plan: rules find the same in it, and it notes every field that a value follows from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c import pipeline, source
from r1c.check import applicable
from r1c.diagnostics import Severity
from r1c.lint.watched import ARGS, ENV, NAME, NEEDS, NOT_SAID, VERSION, Log, Said, watched
from r1c.resolve.plan import Plan

TESTS = Path(__file__).parents[1]
RULES = sorted((TESTS / "check" / "rules").glob("R1C[2-9]*/*.yaml"))
NOTHING = Said(frozenset())


def plan_of(profile: Path) -> Plan | None:
    """Return the plan of a rule's case, None where the file is not usable YAML."""
    document = source.read(profile.name, profile.read_bytes())
    return pipeline.plan_data(profile.name, document.data) if document.usable else None


@pytest.mark.parametrize("profile", RULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_rules_find_the_same_in_a_watched_plan(profile: Path) -> None:
    plan = plan_of(profile)
    if plan is None:
        return
    for rule in (rule for rule in applicable(plan) if rule.code.id == profile.parent.name):
        assert list(rule.check(watched(plan, Log(NOTHING)))) == list(rule.check(plan)), rule.code.id


def test_a_value_is_noted_by_the_fields_that_it_follows_from() -> None:
    plan = pipeline.plan_data("base.yaml", base())
    log = Log(Said(frozenset({"spec.parallelism.tensor"})))
    seen = watched(plan, log)
    assert seen.group.tensor == plan.group.tensor
    assert log.read == set()
    assert seen.group.ranks == plan.group.ranks
    assert log.read == {
        "spec.parallelism.pipeline",
        f"{ARGS}.data-parallel-size",
        f"{ARGS}.prefill-context-parallel-size",
    }
    assert seen.cluster.region == plan.cluster.region
    assert NOT_SAID in log.read


def test_an_absent_flag_is_noted_where_there_may_be_more() -> None:
    plan = pipeline.plan_data("base.yaml", with_(base(), "spec.vllm.args", {"max-num-seqs": 8, "seed": 1}))
    log = Log(NOTHING)
    assert watched(plan, log).server.value("max-num-seqs") == 8
    assert log.read == set()
    assert watched(plan, log).server.value("max-model-len") is None
    assert log.read == {ARGS}
    whole = Log(Said(frozenset({ARGS}), flags=frozenset({"seed"})))
    assert watched(plan, whole).server.value("max-model-len") is None
    assert whole.read == set()
    assert watched(plan, whole).server.value("seed") == 1
    assert whole.read == {f"{ARGS}.seed"}


def test_an_absent_variable_is_noted_where_there_may_be_more() -> None:
    plan = pipeline.plan_data("base.yaml", with_(base(), "spec.vllm.env", {"VLLM_USE_V1": "0", "A": "b"}))
    log = Log(Said(frozenset(), variables=frozenset({"A"})))
    env = watched(plan, log).server.env
    assert env.get("VLLM_USE_V1") == "0"
    assert log.read == set()
    assert "B" not in env
    assert log.read == {ENV}
    assert env["A"] == "b"
    assert log.read == {ENV, f"{ENV}.A"}


def base() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((TESTS / "base.yaml").read_text(encoding="utf-8"))
    return data


def with_(data: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """Return a profile's data with another value at a dotted path."""
    first, _, rest = field.partition(".")
    inside = data.get(first)
    return data | {first: with_(inside if isinstance(inside, dict) else {}, rest, value) if rest else value}


CHANGES: Mapping[str, tuple[str, Any]] = {
    "spec.platform": ("spec.platform", "a3-ultra"),
    VERSION: (VERSION, "v0.33.0"),
    "spec.model.id": ("spec.model.id", "Qwen/Qwen3-235B-A22B"),
    "spec.model.revision": ("spec.model.revision", "0" * 40),
    "spec.model.servedName": ("spec.model.servedName", "another"),
    "spec.parallelism.tensor": ("spec.parallelism.tensor", 4),
    "spec.parallelism.pipeline": ("spec.parallelism.pipeline", 4),
    "spec.nodes": ("spec.nodes", 1),
    "spec.replicas": ("spec.replicas", 3),
    f"{ARGS}.data-parallel-size": (ARGS, {"data-parallel-size": 2}),
    f"{ARGS}.prefill-context-parallel-size": (ARGS, {"prefill-context-parallel-size": 2}),
    ARGS: (ARGS, {"max-num-seqs": 3}),
    ENV: (ENV, {"VLLM_LOGGING_LEVEL": "DEBUG"}),
    "spec.vllm.executor": ("spec.vllm.executor", "native"),
    "spec.image.tag": ("spec.image.tag", "another"),
    "spec.network.mode": ("spec.network.mode", "host"),
    "spec.network.subnetworks": ("spec.network.subnetworks", ["default", *"abcdefgh"]),
    "spec.network.nccl": ("spec.network.nccl", {"NCCL_DEBUG": "WARN"}),
    "spec.gpudirect.release": ("spec.gpudirect.release", "v1.0.12-1"),
    "spec.gpudirect.buildType": ("spec.gpudirect.buildType", "223"),
    "spec.storage.sharedMemory": ("spec.storage.sharedMemory", "64Gi"),
    "spec.scheduling.nodeSelector": ("spec.scheduling.nodeSelector", {"a": "b"}),
    "spec.scheduling.tolerations": ("spec.scheduling.tolerations", [{"operator": "Exists"}]),
    "spec.scheduling.priorityClass": ("spec.scheduling.priorityClass", "high"),
    "spec.scheduling.exclusiveTopology": ("spec.scheduling.exclusiveTopology", "a/b"),
    "spec.scheduling.terminationGracePeriodSeconds": ("spec.scheduling.terminationGracePeriodSeconds", 77),
    "spec.cluster.region": ("spec.cluster.region", "europe-west4"),
    "spec.cluster.name": ("spec.cluster.name", "another"),
    "spec.image.registry": ("spec.image.registry", "europe-docker.pkg.dev/p/r"),
    "spec.storage.bucket": ("spec.storage.bucket", "another"),
    "spec.storage.mountPath": ("spec.storage.mountPath", "/data"),
    "spec.serviceAccountName": ("spec.serviceAccountName", "another"),
    "spec.service.type": ("spec.service.type", "LoadBalancer"),
    "metadata.name": ("metadata.name", "another"),
}
"""A change of each field that a source can say, and of some that it cannot."""


def values(plan: Plan) -> Iterator[tuple[str, Any]]:
    """Yield each value of the plan that NEEDS can have, with its name there."""
    for name in type(plan).__match_args__:
        section = getattr(plan, name)
        inside = {at.partition(".")[0] for at in NEEDS if "." in at}
        if name in inside:
            yield from ((f"{name}.{part}", getattr(section, part)) for part in type(section).__match_args__)
        else:
            yield name, section


@pytest.mark.parametrize("field", CHANGES)
def test_needs_names_every_field_that_changes_a_value(field: str) -> None:
    """Otherwise a finding would be reported that follows from what a file does not say."""
    said = with_(with_(base(), "spec.image.tag", "own"), "spec.gpudirect.release", "v1.0.8-1")
    said = with_(said, "spec.network.subnetworks", ["default", *"stuvwxyz"])
    before = dict(values(pipeline.plan_data("base.yaml", said)))
    after = dict(values(pipeline.plan_data("base.yaml", with_(said, *CHANGES[field]))))
    follows = {at for at in NEEDS if before.get(at) != after.get(at)} - {"given", "doubtful"}
    named = {at for at, needs in NEEDS.items() if field in needs or (field == VERSION and NAME in needs)}
    assert follows <= named


def test_every_need_has_a_change() -> None:
    needs = {need for all_ in NEEDS.values() for need in all_}
    assert needs - {NAME} <= set(CHANGES)


def test_the_base_profile_has_no_error() -> None:
    checked = pipeline.analyse_data("base.yaml", base())
    assert all(item.severity is not Severity.ERROR for item in checked.diagnostics)
