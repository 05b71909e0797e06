"""scaling.yaml: which metric the autoscaler reads through which adapter, and the pace of groups."""

from __future__ import annotations

from typing import Any

import pytest

from plan_of import base
from r1c.lower import leaderworkerset, scaling
from r1c.resolve.plan import Plan


def objects(made: Plan) -> dict[str, Any]:
    assert made.scaling
    return {item["kind"]: item["spec"] for item in scaling.manifest(made, made.scaling).objects}


def plan(system: str = "managedPrometheus", version: str = "v0.19.0", **section: Any) -> Plan:
    server = {"version": version, "args": {"max-model-len": 32768, "max-num-seqs": 128}}
    return base(vllm=server, monitoring={"system": system}, scaling={"maxReplicas": 4, **section})


@pytest.mark.parametrize(
    ("adapter", "section", "name", "value"),
    [
        ("customMetricsStackdriver", {}, "prometheus.googleapis.com|vllm:num_requests_waiting|gauge", "5"),
        ("prometheusAdapter", {"target": 12}, "vllm_num_requests_waiting", "12"),
        ("prometheusAdapter", {"metric": "running"}, "vllm_num_requests_running", "102"),
        (
            "customMetricsStackdriver",
            {"metric": "kvCache", "target": 0.75},
            "prometheus.googleapis.com|vllm:kv_cache_usage_perc|gauge",
            "750m",
        ),
    ],
)
def test_the_metric_has_the_adapters_name(adapter: str, section: Any, name: str, value: str) -> None:
    (metric,) = objects(plan(adapter=adapter, **section))["HorizontalPodAutoscaler"]["metrics"]
    target = {"type": "AverageValue", "averageValue": value}
    assert metric == {"type": "Pods", "pods": {"metric": {"name": name}, "target": target}}


@pytest.mark.parametrize(
    ("adapter", "metric", "value"),
    [
        # max-num-seqs 128 is the limit of each of the 16 data parallel ranks.
        ("customMetricsStackdriver", "running", "1638"),
        # Google's adapter adds the series of a pod, one for each rank; 5 waiting requests are those of all.
        ("customMetricsStackdriver", "kvCache", "12800m"),
        ("customMetricsStackdriver", "waiting", "5"),
        ("prometheusAdapter", "kvCache", "800m"),
    ],
)
def test_the_target_of_data_parallel_ranks_is_that_of_the_group(
    adapter: str, metric: str, value: str
) -> None:
    args = {"max-model-len": 32768, "max-num-seqs": 128, "data-parallel-size": 16}
    made = base(
        vllm={"version": "v0.19.0", "args": {**args, "enable-expert-parallel": True}},
        parallelism={"tensor": 1, "pipeline": 1},
        monitoring={},
        scaling={"maxReplicas": 4, "adapter": adapter, "metric": metric},
    )
    (found,) = objects(made)["HorizontalPodAutoscaler"]["metrics"]
    assert found["pods"]["target"]["averageValue"] == value


def test_an_old_release_has_its_own_name() -> None:
    made = plan(adapter="prometheusAdapter", metric="kvCache", version="v0.10.2")
    (metric,) = objects(made)["HorizontalPodAutoscaler"]["metrics"]
    assert metric["pods"]["metric"]["name"] == "vllm_gpu_cache_usage_perc"


def test_keda_asks_managed_prometheus_with_an_identity() -> None:
    made = objects(plan(adapter="keda", metric="kvCache"))
    (trigger,) = made["ScaledObject"]["triggers"]
    assert trigger["authenticationRef"] == {"name": "base"}
    assert trigger["metadata"] == {
        "serverAddress": "https://monitoring.googleapis.com/v1/projects/my-project/location/global/prometheus",
        "query": (
            "sum(max by (leaderworkerset, group) "
            '(vllm:kv_cache_usage_perc{recipe="base", namespace="default"}))'
        ),
        "threshold": "0.8",
    }
    assert made["TriggerAuthentication"] == {"podIdentity": {"provider": "gcp"}}


def test_keda_asks_a_prometheus_of_the_cluster_without_one() -> None:
    made = objects(plan("prometheusOperator", adapter="keda"))
    assert set(made) == {"ScaledObject"}
    (trigger,) = made["ScaledObject"]["triggers"]
    assert trigger["metadata"]["serverAddress"] == "http://prometheus-operated.monitoring.svc:9090"
    assert "authenticationRef" not in trigger


def test_the_set_has_no_number_of_groups() -> None:
    (lws,) = leaderworkerset.manifest(plan(adapter="keda")).objects
    assert "replicas" not in lws["spec"]


def test_groups_come_and_go_one_by_one_at_the_pace_of_a_start() -> None:
    behavior = objects(plan(adapter="customMetricsStackdriver"))["HorizontalPodAutoscaler"]["behavior"]
    up, down = behavior["scaleUp"], behavior["scaleDown"]
    assert up["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 1800}]
    assert (down["stabilizationWindowSeconds"], down["policies"][0]["value"]) == (2700, 1)
    own = objects(plan(adapter="keda", upSeconds=600, downSeconds=3600))["ScaledObject"]
    behavior = own["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleUp"]["policies"][0]["periodSeconds"] == 600
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 3600
