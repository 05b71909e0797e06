"""monitoring.yaml: what scrapes the leaders, the alert rules, and the dashboard."""

from __future__ import annotations

from typing import Any

from r1c.lower import alerts, dashboard
from r1c.lower.bundle import Manifest, Object
from r1c.lower.labels import leaders, metadata
from r1c.resolve.monitoring import Monitoring
from r1c.resolve.plan import Plan

PATH = "monitoring.yaml"

_POD_LABELS = {
    alerts.RECIPE: "app.kubernetes.io/instance",
    alerts.SET: "leaderworkerset.sigs.k8s.io/name",
    alerts.GROUP: "leaderworkerset.sigs.k8s.io/group-index",
}
"""The labels of the metrics, by the label of the leader's pod that each is taken from."""


def manifest(plan: Plan, asked: Monitoring) -> Manifest:
    """Return the objects of one system, and the dashboard, which is the same for both."""
    objects = _managed(plan, asked) if asked.system == "managedPrometheus" else _operated(plan, asked)
    return Manifest(PATH, (*objects, _dashboard(plan)))


def _managed(plan: Plan, asked: Monitoring) -> tuple[Object, ...]:
    """Return the objects of Managed Prometheus; Rules see the metrics of their own namespace only."""
    version = "monitoring.googleapis.com/v1"
    scraped: dict[str, Any] = {
        "selector": {"matchLabels": leaders(plan)},
        "endpoints": [{"port": "http", "path": "/metrics", "interval": asked.interval}],
        "targetLabels": {"fromPod": [{"from": label, "to": to} for to, label in _POD_LABELS.items()]},
    }
    rules = {"groups": [{"name": plan.name, "interval": "1m", "rules": alerts.rules(plan, asked)}]}
    return (
        _object(plan, asked, version, "PodMonitoring", scraped),
        _object(plan, asked, version, "Rules", rules),
    )


def _operated(plan: Plan, asked: Monitoring) -> tuple[Object, ...]:
    """Return the objects of the Prometheus operator."""
    relabelings = [
        {"sourceLabels": [f"__meta_kubernetes_pod_label_{_underscored(label)}"], "targetLabel": to}
        for to, label in _POD_LABELS.items()
    ]
    endpoint = {"port": "http", "path": "/metrics", "interval": asked.interval, "relabelings": relabelings}
    scraped = {"selector": {"matchLabels": leaders(plan)}, "podMetricsEndpoints": [endpoint]}
    rules = {"groups": [{"name": plan.name, "interval": "1m", "rules": alerts.rules(plan, asked)}]}
    version = "monitoring.coreos.com/v1"
    return (
        _object(plan, asked, version, "PodMonitor", scraped),
        _object(plan, asked, version, "PrometheusRule", rules),
    )


def _object(plan: Plan, asked: Monitoring, version: str, kind: str, spec: Object) -> Object:
    meta = metadata(plan, plan.name, "monitoring")
    meta["labels"] |= asked.labels
    return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec}


def _dashboard(plan: Plan) -> Object:
    meta = metadata(plan, f"{plan.name}-dashboard", "monitoring")
    # The label by which Grafana's sidecar finds dashboards, by default of kube-prometheus-stack.
    meta["labels"]["grafana_dashboard"] = "1"
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": meta,
        "data": {f"{plan.name}.json": dashboard.text(plan)},
    }


def _underscored(label: str) -> str:
    """Return a label's name as Prometheus has it: every other character than letters and digits is _."""
    return "".join(character if character.isalnum() else "_" for character in label)
