"""PodMonitoring and Rules, or PodMonitor and PrometheusRule -> spec.monitoring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from r1c.adopt.manifest.blocks.around import Around, Found, Key
from r1c.adopt.manifest.container import entries, section
from r1c.lower.labels import SHARED_LABELS

_SYSTEMS = (
    ("managedPrometheus", "PodMonitoring", "endpoints", "Rules"),
    ("prometheusOperator", "PodMonitor", "podMetricsEndpoints", "PrometheusRule"),
)
_TARGETS = {"VllmTtftOverTarget": "ttftMs", "VllmTpotOverTarget": "tpotMs"}
_ABOVE = re.compile(r"> ([0-9.eE+-]+)$")
_OWN = (
    *SHARED_LABELS,
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
    "app.kubernetes.io/part-of",
)


def read(around: Around) -> Found | None:
    """Return the block of the objects of one system, with the targets of its alerts."""
    for system, scraped, endpoints, rules in _SYSTEMS:
        item = around.object(scraped)
        if item is None or around.object(rules) is None:
            continue
        value: dict[str, Any] = {} if system == "managedPrometheus" else {"system": system}
        found = entries(section(item, "spec").get(endpoints))
        interval = found[0].get("interval") if found else None
        if isinstance(interval, str) and interval != "30s":
            value["interval"] = interval
        labels = section(item, "metadata", "labels")
        recipe = {str(path[-1]) for path in around.draft.fields if path[:-1] == ("metadata", "labels")}
        own = {key: text for key, text in labels.items() if key not in _OWN and key not in recipe}
        if own:
            value["labels"] = own
        if system == "prometheusOperator":
            value |= dict(_namespace(around))
        value |= dict(_targets(around, rules))
        objects: list[Key] = [(scraped, around.name), (rules, around.name)]
        dashboard = f"{around.name}-dashboard"
        if around.object("ConfigMap", dashboard):
            objects.append(("ConfigMap", dashboard))
        return Found(value, tuple(objects))
    return None


def _targets(around: Around, kind: str) -> Iterator[tuple[str, float]]:
    item = around.object(kind) or {}
    for group in entries(section(item, "spec").get("groups")):
        for rule in entries(group.get("rules")):
            field, limit = _TARGETS.get(str(rule.get("alert"))), _ABOVE.search(str(rule.get("expr")))
            if field and limit:
                milliseconds = round(float(limit[1]) * 1000, 6)
                yield field, int(milliseconds) if milliseconds.is_integer() else milliseconds


def _namespace(around: Around) -> Iterator[tuple[str, str]]:
    """Yield the namespace of the operator's Prometheus, which the policies let in."""
    policy = around.object("NetworkPolicy", f"{around.name}-clients") or {}
    peers = [
        peer
        for rule in entries(section(policy, "spec").get("ingress"))
        for peer in entries(rule.get("from"))
        if set(peer) == {"namespaceSelector"}
    ]
    if peers:
        # The last one: clients come first.
        name = section(peers[-1], "namespaceSelector", "matchLabels").get("kubernetes.io/metadata.name")
        if isinstance(name, str) and name != "monitoring":
            yield "namespace", name
