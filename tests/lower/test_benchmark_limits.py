"""The benchmark Job as an object: its deadlines, its requests, and what Kubernetes and Linux take of it."""

from __future__ import annotations

import json

import pytest

import kubernetes_schemas
from benchmark_job import BASE, SWEEP, job
from r1c import facts


def test_the_container_has_a_core_for_its_client_and_no_limit() -> None:
    container = job()["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {"requests": {"cpu": "2", "memory": "4Gi"}}


SERVER = 5400 + 1800
"""Seconds that the server of tests/base.yaml has to start."""


@pytest.mark.parametrize(
    ("benchmark", "all_points", "each"),
    [
        # 1,108 requests of 1,000 tokens: 5,540 s out at 200 a second, 1,108 s in at 1,000, 600 s for the pod.
        ("{}", 5540 + 1108 + 600, None),
        # One at a time: 5 tokens a second.
        ("{concurrency: 1, prompts: 10, warmupPrompts: 0}", 2000 + 10 + 600, None),
        # One request in ten seconds.
        ("{requestRate: 0.1, prompts: 100, warmupPrompts: 0}", 1000 + 500 + 100 + 600, None),
        (
            "{prompts: 10, warmupPrompts: 0, points: [{concurrency: 1}, {concurrency: 2}]}",
            (2000 + 10 + 600) + (1000 + 10 + 600),
            2000 + 10 + 600,
        ),
    ],
)
def test_the_deadline_covers_the_server_and_all_points_one_after_another(
    benchmark: str, all_points: int, each: int | None
) -> None:
    spec = job(benchmark)["spec"]
    assert spec["activeDeadlineSeconds"] == in_steps(SERVER + all_points)
    expected = in_steps(SERVER + each) if each else None
    assert spec["template"]["spec"].get("activeDeadlineSeconds") == expected


def in_steps(seconds: int) -> int:
    return (seconds + 599) // 600 * 600


def test_replicas_do_not_change_the_deadline() -> None:
    several = job(base=BASE.replace("spec:\n", "spec:\n  replicas: 4\n"))["spec"]
    assert several["activeDeadlineSeconds"] == job()["spec"]["activeDeadlineSeconds"]


def test_a_deadline_is_never_longer_than_kubernetes_takes() -> None:
    spec = job(f"{{points: [{{prompts: {10**18}}}, {{requestRate: 0.001, prompts: {10**18}}}]}}")["spec"]
    assert spec["activeDeadlineSeconds"] == 2147483647
    assert spec["template"]["spec"]["activeDeadlineSeconds"] == 2147483647


def test_a_script_has_nothing_that_flux_substitutes() -> None:
    assert "${" not in job(SWEEP)["spec"]["template"]["spec"]["containers"][0]["command"][2]


def test_a_script_of_as_many_points_as_there_may_be_is_one_argument() -> None:
    limit = facts.limits().sweep
    path = f"/gcs/{'folder/' * 50}sharegpt.json"
    point = {"dataset": "sharegpt", "datasetPath": path, "requestRate": 123.456}
    made = job(json.dumps({"points": [point] * limit.points}))
    container = made["spec"]["template"]["spec"]["containers"][0]
    (recorded,) = (entry["value"] for entry in container["env"] if entry["name"] == "METADATA")
    assert limit.argument_bytes // 2 < len(container["command"][2]) < limit.argument_bytes
    assert len(f"METADATA={recorded}") < limit.argument_bytes


@pytest.mark.parametrize("version", kubernetes_schemas.VERSIONS)
def test_kubernetes_takes_the_job(version: str) -> None:
    made = job(SWEEP)
    assert kubernetes_schemas.faults(made, version) == []
    spec = made["spec"]
    assert (spec["completions"], spec["parallelism"], spec["completionMode"]) == (3, 1, "Indexed")
    assert spec["backoffLimitPerIndex"] == 0
    assert spec["podFailurePolicy"]["rules"] == [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    ]
