"""The impact of a change in each kind of object, and the LeaderWorkerSet's against the facts on LWS."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from difference_cases import BASE, laid_over, plan
from r1c.difference.compare import compare
from r1c.difference.documents import Document
from r1c.difference.downtime import Downtime
from r1c.difference.effects import Effect, Impact
from r1c.difference.impact import of_change
from r1c.lower import lower
from r1c.lower.kustomization import CONSTANT_FILES
from r1c.record import replace
from r1c.resolve.plan import Plan

PLAN = plan(laid_over(BASE, {"spec": {"cluster": {"lws": "v0.9.0"}}}))
GROUP = "leaderWorkerTemplate"


def body(file: str, of: Plan = PLAN) -> Any:
    return copy.deepcopy(lower(of).manifest(file).objects[0])


def document(file: str, value: Any) -> Document:
    metadata = value.get("metadata", {})
    if not metadata:
        return Document("", "", file, file, value)
    return Document(value["kind"], metadata["namespace"], metadata["name"], file, value)


def impacts(
    file: str, path: tuple[str | int, ...], value: Any, old: Plan = PLAN, new: Plan = PLAN
) -> list[Impact]:
    """Return the impacts of another value at a path of a file of `old`."""
    before, after = body(file, old), body(file, old)
    inner = after
    for key in path[:-1]:
        inner = inner.setdefault(key, {}) if isinstance(key, str) else inner[key]
    inner[path[-1]] = value
    downtime = Downtime(old, new)
    return [of_change(downtime, document(file, before), change) for change in compare(before, after)]


def lws(path: tuple[str | int, ...], value: Any, version: str | None = "v0.9.0") -> Impact:
    of = replace(PLAN, cluster=replace(PLAN.cluster, lws=version))
    (impact,) = impacts("leaderworkerset.yaml", path, value, of, of)
    return impact


LEADER = ("spec", GROUP, "leaderTemplate", "spec")
LWS_FIELDS: tuple[tuple[str, tuple[str | int, ...], Any, Effect], ...] = (
    ("replicas", ("spec", "replicas"), 2, Effect.SCALED),
    (f"{GROUP}.leaderTemplate", (*LEADER, "priorityClassName"), "high", Effect.RECREATED),
    (
        f"{GROUP}.workerTemplate",
        ("spec", GROUP, "workerTemplate", "spec", "containers", 0, "image"),
        "other:1",
        Effect.RECREATED,
    ),
    (f"{GROUP}.size", ("spec", GROUP, "size"), 4, Effect.RECREATED),
    (f"{GROUP}.restartPolicy", ("spec", GROUP, "restartPolicy"), "None", Effect.RECREATED),
    (f"{GROUP}.subGroupPolicy", ("spec", GROUP, "subGroupPolicy"), {"subGroupSize": 1}, Effect.REPLACED),
    (
        "rolloutStrategy.rollingUpdateConfiguration.maxUnavailable",
        ("spec", "rolloutStrategy", "rollingUpdateConfiguration", "maxUnavailable"),
        2,
        Effect.IN_PLACE,
    ),
    ("startupPolicy", ("spec", "startupPolicy"), "LeaderReady", Effect.IN_PLACE),
    (
        "networkConfig.subdomainPolicy",
        ("spec", "networkConfig", "subdomainPolicy"),
        "UniquePerReplica",
        Effect.RECREATED,
    ),
)
"""Each field of lws.md, section 1, that r1c writes or knows: its row, a change of it, the effect."""


@pytest.mark.parametrize(
    ("path", "value", "effect"), [row[1:] for row in LWS_FIELDS], ids=[row[0] for row in LWS_FIELDS]
)
def test_effect_of_a_field_of_leaderworkerset(
    path: tuple[str | int, ...], value: Any, effect: Effect
) -> None:
    assert lws(path, value).effect is effect


@pytest.mark.parametrize(
    ("version", "effect", "command"),
    [
        ("v0.6.2", Effect.REPLACED, "kubectl delete leaderworkerset base -n default"),
        ("v0.7.0", Effect.RECREATED, None),
        ("v0.10.0", Effect.RECREATED, None),
        (None, Effect.RECREATED, "kubectl delete leaderworkerset base -n default"),
    ],
)
def test_size_by_the_version_of_lws(version: str | None, effect: Effect, command: str | None) -> None:
    impact = lws(("spec", GROUP, "size"), 4, version)
    assert (impact.effect, impact.command) == (effect, command)


def test_size_where_nobody_knows_the_version_says_so() -> None:
    assert (
        "if the cluster runs LWS older than v0.7.0, delete and recreate (cluster.lws is not set)"
        in lws(("spec", GROUP, "size"), 4, None).text
    )


def test_minutes_are_the_start_that_kubernetes_allows_without_its_safety_factor() -> None:
    assert PLAN.startup_seconds == 5400
    assert lws((*LEADER, "priorityClassName"), "high").text == (
        "recreates the group: 16 GPUs unavailable for about 45 minutes"
    )


@pytest.mark.parametrize(
    ("file", "path", "value", "effect"),
    [
        ("benchmark/job.yaml", ("spec", "template", "spec", "restartPolicy"), "OnFailure", Effect.JOB),
        ("benchmark/job.yaml", ("spec", "backoffLimit"), 1, Effect.IN_PLACE),
        ("benchmark/job.yaml", ("spec", "ttlSecondsAfterFinished"), 1, Effect.IN_PLACE),
        ("benchmark/job.yaml", ("metadata", "labels", "team"), "a", Effect.IN_PLACE),
        ("service.yaml", ("spec", "type"), "NodePort", Effect.IN_PLACE),
        ("service.yaml", ("spec", "ports", 0, "port"), 80, Effect.IN_PLACE),
        ("service.yaml", ("spec", "selector", "a"), "b", Effect.IN_PLACE),
        ("serviceaccount.yaml", ("metadata", "annotations", "a"), "b", Effect.IN_PLACE),
        ("leaderworkerset.yaml", ("metadata", "labels", "team"), "a", Effect.IN_PLACE),
        ("kustomization.yaml", ("secretGenerator", 0, "envs"), ["a"], Effect.IN_PLACE),
        ("kustomization.yaml", ("resources",), ["a.yaml"], Effect.NOTHING),
        ("image/cloudbuild.yaml", ("timeout",), "60s", Effect.NOTHING),
        ("image/cloudbuild.yaml", ("images",), ["a:b"], Effect.STALE),
    ],
)
def test_effect_of_a_field_elsewhere(
    file: str, path: tuple[str | int, ...], value: Any, effect: Effect
) -> None:
    assert {impact.effect for impact in impacts(file, path, value)} == {effect}


@pytest.mark.parametrize("file", CONSTANT_FILES)
def test_effect_of_a_file_that_only_overlays_read(file: str) -> None:
    (change,) = compare("replicas: []\n", "replicas: [a]\n")
    impact = of_change(Downtime(PLAN, PLAN), Document("", "", file, file, "replicas: []\n"), change)
    assert (impact.effect, impact.text) == (Effect.NOTHING, "no effect on the cluster: only overlays read it")


def test_a_template_of_claims_cannot_be_changed() -> None:
    claimed = plan(laid_over(BASE, {"spec": {"platform": "a3-ultra", "network": {"mode": "dranet"}}}))
    path = ("spec", "spec", "devices", "requests", 0, "exactly", "count")
    (found,) = impacts("resourceclaimtemplate.yaml", path, 4, claimed, claimed)
    assert found == Impact(
        Effect.REPLACED,
        "the API server refuses it: delete the template first; running pods keep their NICs",
        "The spec of a ResourceClaimTemplate cannot be changed; a claim is made of it when a pod is created, "
        "and goes with the pod",
        f"kubectl delete resourceclaimtemplate {claimed.name}-rdma -n {claimed.namespace}",
    )


def test_every_impact_names_its_fact() -> None:
    impact = lws(("spec", GROUP, "size"), 4)
    assert impact.fact.startswith("LWS accepts a new size from v0.7.0 on")
