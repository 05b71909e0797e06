"""R1C650 to R1C654: metrics, alerts and the dashboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c import names
from r1c.check.named_settings import statistics_off
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Severity
from r1c.diagnostics.suggest import corrected
from r1c.resolve.plan import Plan

SECTION: Path = ("spec", "monitoring")
SHORTEST_SECONDS, LONGEST_SECONDS = 5, 120
"""More often than every 5 seconds costs more samples than it shows; the alerts look at each minute."""

_UNITS = {"h": 3600, "m": 60, "s": 1}
_OWN = "app.kubernetes.io/"


@rule(
    code="R1C650",
    slug="scrape-interval",
    severity=Severity.ERROR,
    title="Invalid scrape interval",
    why="The collector refuses an interval that is not a Prometheus duration. The alerts evaluate rates over "
    "10 minutes and the queue minute by minute, so they need a sample at least every 2 minutes "
    "(facts/monitoring.yaml; Prometheus documentation, durations).",
    example="spec:\n  monitoring: {interval: 30 seconds}\n",
    fix="Write a duration from 5s to 2m, such as 30s.",
    fields=("spec.monitoring.interval",),
)
def scrape_interval(plan: Plan) -> Iterator[Finding]:
    """Check monitoring.interval."""
    if plan.monitoring is None:
        return
    text = plan.monitoring.interval
    match = re.fullmatch(r"(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?", text, re.ASCII)
    seconds = (
        sum(int(part or 0) * _UNITS[unit] for part, unit in zip(match.groups(), "hms", strict=True))
        if match
        else 0
    )
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        yield Finding(
            (*SECTION, "interval"),
            f'"{text}" is not a duration from 5s to 2m',
            "write 30s, or another duration from 5s to 2m",
        )


@rule(
    code="R1C651",
    slug="monitoring-label",
    severity=Severity.ERROR,
    title="Invalid label of the monitoring objects",
    why="The API server refuses invalid labels, and r1c sets the labels below app.kubernetes.io itself "
    "(Kubernetes documentation, labels and selectors).",
    example="spec:\n  monitoring:\n    system: prometheusOperator\n    labels: {release name: prometheus}\n",
    fix="Write the label that the podMonitorSelector and ruleSelector of your Prometheus ask for.",
    fields=("spec.monitoring.labels",),
)
def monitoring_label(plan: Plan) -> Iterator[Finding]:
    """Check keys and values of monitoring.labels."""
    if plan.monitoring is None:
        return
    for key, value in plan.monitoring.labels.items():
        place: Path = (*SECTION, "labels", key)
        help_ = "write the label that your Prometheus selects by, such as release: kube-prometheus-stack"
        if key.startswith(_OWN) or not names.is_label_key(key):
            what = (
                "r1c sets this label itself"
                if key.startswith(_OWN)
                else f'"{key}" cannot be the key of a label'
            )
            yield Finding(place, what, help_, on_key=True)
        elif not names.is_label_value(value):
            yield Finding(place, f'"{value}" cannot be the value of a label', help_)


@rule(
    code="R1C652",
    slug="monitoring-labels-no-effect",
    severity=Severity.HINT,
    title="Monitoring labels have no effect",
    why="Managed Prometheus reads every PodMonitoring and Rules object; only the Prometheus operator selects "
    "its objects by labels (GKE documentation, managed collection).",
    example="spec:\n  monitoring:\n    labels: {release: kube-prometheus-stack}\n",
    fix="Remove labels, or write system: prometheusOperator.",
    fields=("spec.monitoring.labels", "spec.monitoring.system"),
)
def monitoring_labels_no_effect(plan: Plan) -> Iterator[Finding]:
    """Check that labels come with the Prometheus operator."""
    if plan.monitoring and plan.monitoring.labels and plan.monitoring.system == "managedPrometheus":
        yield Finding(
            (*SECTION, "labels"),
            "monitoring.labels has no effect with system: managedPrometheus",
            "remove labels, or write system: prometheusOperator",
        )


@rule(
    code="R1C653",
    slug="monitoring-without-statistics",
    severity=Severity.WARNING,
    title="Monitoring of a server without metrics",
    why="With disable-log-stats vLLM does not create its metrics: /metrics answers, but the alerts on queue, "
    "KV cache and latency never fire and the dashboard stays empty (vllm/engine/llm_engine.py and "
    "vllm/v1/engine/async_llm.py, log_stats).",
    example="metadata:\n  annotations: {r1c.dev/allow: 'R1C643: requests are short'}\n"
    "spec:\n  monitoring: {}\n  vllm:\n    args: {disable-log-stats: true}\n",
    fix="Remove disable-log-stats.",
    fields=("spec.monitoring", "spec.vllm.args"),
)
def monitoring_without_statistics(plan: Plan) -> Iterator[Finding]:
    """Check that the server keeps statistics."""
    off = statistics_off(plan)
    if plan.monitoring and off:
        yield Finding(
            off,
            "with disable-log-stats vLLM has no metrics for spec.monitoring",
            "remove disable-log-stats, or remove spec.monitoring",
        )


@rule(
    code="R1C654",
    slug="monitoring-namespace",
    severity=Severity.ERROR,
    title="Invalid namespace of Prometheus",
    why="The network policy of spec.protection lets in the namespace of the operator's Prometheus by its "
    "name (Kubernetes documentation, namespaces).",
    example="spec:\n  monitoring: {system: prometheusOperator, namespace: Monitoring}\n",
    fix="Write the name that `kubectl get prometheus --all-namespaces` prints.",
    fields=("spec.monitoring.namespace",),
    edits="safe",
)
def monitoring_namespace(plan: Plan) -> Iterator[Finding]:
    """Check monitoring.namespace."""
    if plan.monitoring and not names.is_dns_label(plan.monitoring.namespace):
        near = names.cleaned(plan.monitoring.namespace)
        yield Finding(
            (*SECTION, "namespace"),
            f'"{plan.monitoring.namespace}" cannot be the name of a namespace',
            f"write {near}" if near else "write the one that `kubectl get prometheus -A` prints",
            edit=corrected((*SECTION, "namespace"), plan.monitoring.namespace, near),
        )


RULES: tuple[Rule, ...] = (
    scrape_interval,
    monitoring_label,
    monitoring_labels_no_effect,
    monitoring_without_statistics,
    monitoring_namespace,
)
