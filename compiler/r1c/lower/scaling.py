"""scaling.yaml: a HorizontalPodAutoscaler, or a ScaledObject of which KEDA makes one."""

from __future__ import annotations

from typing import Any

from r1c.lower.alerts import SET, metric, selected
from r1c.lower.bundle import Manifest, Object
from r1c.lower.labels import metadata
from r1c.resolve.plan import Plan
from r1c.resolve.scaling import Scaling

PATH = "scaling.yaml"

MANAGED = "https://monitoring.googleapis.com/v1/projects/{project}/location/global/prometheus"
"""Where Managed Prometheus answers queries (GoogleCloudPlatform/prometheus-engine)."""

NAMED = {
    "customMetricsStackdriver": "prometheus.googleapis.com|{metric}|gauge",
    "prometheusAdapter": "{metric}",
}
"""The name of a gauge behind an adapter. The colon of vLLM's names is an underscore in the second."""


def manifest(plan: Plan, asked: Scaling) -> Manifest:
    """Return the autoscaler; the LeaderWorkerSet has no number of groups of its own then."""
    return Manifest(PATH, _keda(plan, asked) if asked.adapter == "keda" else (_autoscaler(plan, asked),))


def _autoscaler(plan: Plan, asked: Scaling) -> Object:
    found = metric(plan, asked.metric) or ""
    name = found.replace(":", "_") if asked.adapter == "prometheusAdapter" else found
    target = {"type": "AverageValue", "averageValue": quantity(asked.target or 0)}
    spec: dict[str, Any] = {
        "scaleTargetRef": _scaled(plan),
        "minReplicas": asked.least,
        "maxReplicas": asked.most,
        "metrics": [
            {
                "type": "Pods",
                "pods": {"metric": {"name": NAMED[asked.adapter].format(metric=name)}, "target": target},
            }
        ],
        "behavior": _behavior(asked),
    }
    kind = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler"}
    return {**kind, "metadata": metadata(plan, plan.name, "server"), "spec": spec}


def _keda(plan: Plan, asked: Scaling) -> tuple[Object, ...]:
    """Return the ScaledObject and, for Managed Prometheus, what lets KEDA ask it."""
    managed = plan.monitoring is None or plan.monitoring.system == "managedPrometheus"
    found = (
        selected(plan, metric(plan, asked.metric) or "").removesuffix("}")
        + f', namespace="{plan.namespace}"}}'
    )
    # The usage of a KV cache is one figure a group, whatever the number of its engines.
    query = f"sum({found})" if asked.metric != "kvCache" else f"sum(max by ({SET}, group) ({found}))"
    server = (
        MANAGED.format(project=plan.cluster.project)
        if managed
        else f"http://prometheus-operated.{plan.monitoring.namespace if plan.monitoring else ''}.svc:9090"
    )
    trigger: dict[str, Any] = {
        "type": "prometheus",
        "metadata": {"serverAddress": server, "query": query, "threshold": f"{asked.target or 0:g}"},
    }
    if managed:
        trigger["authenticationRef"] = {"name": plan.name}
    spec: dict[str, Any] = {
        "scaleTargetRef": _scaled(plan),
        "minReplicaCount": asked.least,
        "maxReplicaCount": asked.most,
        "pollingInterval": 30,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(asked)}},
        "triggers": [trigger],
    }
    scaled = _object(plan, "ScaledObject", spec)
    identity = _object(plan, "TriggerAuthentication", {"podIdentity": {"provider": "gcp"}})
    return (scaled, identity) if managed else (scaled,)


def _object(plan: Plan, kind: str, spec: Object) -> Object:
    head = {"apiVersion": "keda.sh/v1alpha1", "kind": kind}
    return {**head, "metadata": metadata(plan, plan.name, "server"), "spec": spec}


def _scaled(plan: Plan) -> dict[str, str]:
    return {"apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "name": plan.name}


def _behavior(asked: Scaling) -> dict[str, Any]:
    """Return the pace: one group at a time, because each takes long to load and holds whole nodes."""

    def one(seconds: int) -> list[dict[str, Any]]:
        return [{"type": "Pods", "value": 1, "periodSeconds": seconds}]

    return {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": one(asked.up_seconds),
        },
        "scaleDown": {
            "stabilizationWindowSeconds": asked.down_seconds,
            "selectPolicy": "Max",
            "policies": one(60),
        },
    }


def quantity(value: float) -> str:
    """Write a number as Kubernetes does: 5, or 800m for 0.8."""
    return f"{value:.0f}" if value == int(value) else f"{round(value * 1000)}m"
