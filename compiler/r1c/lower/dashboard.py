"""The Grafana dashboard of a recipe, as JSON: one row of panels each for requests, latency and KV cache."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from r1c.lower.alerts import GROUP, RECIPE, SET, metric, selected
from r1c.resolve.plan import Plan

WIDTH, HEIGHT, COLUMNS = 12, 8, 24
UID_LENGTH = 40
"""The longest uid that Grafana accepts."""

_RATE = "$__rate_interval"
_SOURCE = {"type": "prometheus", "uid": "$datasource"}
_OF_GROUP = f"by (namespace, {SET}, {GROUP})"
_NAMED = f"{{{{{SET}}}}} group {{{{{GROUP}}}}}"

Query = tuple[str, str]
"""A PromQL expression, and the legend of its series."""


def text(plan: Plan) -> str:
    """Return the dashboard; a panel whose metrics the release does not have is left out."""
    panels = [
        _panel(number, title, unit, queries)
        for number, (title, unit, queries) in enumerate(shown for shown in _panels(plan) if shown[2])
    ]
    dashboard = {
        "uid": f"r1c-{plan.name}"[:UID_LENGTH],
        "title": f"vLLM: {plan.name}",
        "tags": ["vllm", "r1c"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": _variables(plan)},
        "panels": panels,
    }
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


def _variables(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source"},
        {
            "name": "namespace",
            "type": "query",
            "label": "Namespace",
            "datasource": _SOURCE,
            "query": f'label_values(up{{{RECIPE}="{plan.name}"}}, namespace)',
            "includeAll": True,
            "multi": True,
            "refresh": 2,
        },
    ]


def _panels(plan: Plan) -> Iterator[tuple[str, str, list[Query]]]:
    yield (
        "Groups that answer",
        "short",
        [(f"sum by (namespace, {SET}) ({_series(plan, 'up')})", f"{{{{{SET}}}}}")],
    )
    running, waiting = metric(plan, "running"), metric(plan, "waiting")
    yield "Requests running", "short", _gauges(plan, running)
    yield "Requests waiting", "short", _gauges(plan, waiting)
    finished = metric(plan, "finished")
    yield (
        "Requests finished per second, by reason",
        "reqps",
        [(f"sum by (finished_reason) ({_rate(plan, finished)})", "{{finished_reason}}")] if finished else [],
    )
    for title, need in (("Time to first token", "ttft"), ("Time per output token", "tpot")):
        yield title, "s", _quantiles(plan, metric(plan, "ttft" if need == "ttft" else "tpot"))
    yield "Request latency", "s", _quantiles(plan, metric(plan, "latency"))
    tokens = (("prompt", metric(plan, "promptTokens")), ("generated", metric(plan, "generatedTokens")))
    yield (
        "Tokens per second",
        "short",
        [
            (f"sum by (namespace, {SET}) ({_rate(plan, name)})", f"{{{{{SET}}}}} {kind}")
            for kind, name in tokens
            if name
        ],
    )
    cache = metric(plan, "kvCache")
    yield (
        "KV cache in use",
        "percentunit",
        [(f"max {_OF_GROUP} ({_series(plan, cache)})", _NAMED)] if cache else [],
    )
    preempted = metric(plan, "preemptions")
    yield (
        "Preemptions per second",
        "short",
        [(f"sum {_OF_GROUP} ({_rate(plan, preempted)})", _NAMED)] if preempted else [],
    )
    hits, queries = metric(plan, "prefixHits"), metric(plan, "prefixQueries")
    ratio = (
        f"sum {_OF_GROUP} ({_rate(plan, hits)}) / sum {_OF_GROUP} ({_rate(plan, queries)})"
        if hits and queries
        else ""
    )
    yield "Prefix cache hits", "percentunit", [(ratio, _NAMED)] if ratio else []


def _series(plan: Plan, name: str) -> str:
    return selected(plan, name).removesuffix("}") + ', namespace=~"$namespace"}'


def _rate(plan: Plan, name: str) -> str:
    return f"rate({_series(plan, name)}[{_RATE}])"


def _gauges(plan: Plan, name: str | None) -> list[Query]:
    return [(f"sum {_OF_GROUP} ({_series(plan, name)})", _NAMED)] if name else []


def _quantiles(plan: Plan, family: str | None) -> list[Query]:
    if family is None:
        return []
    rate = _rate(plan, f"{family}_bucket")
    return [
        (
            f"histogram_quantile({at:g}, sum by (namespace, {SET}, le) ({rate}))",
            f"{{{{{SET}}}}} p{at * 100:g}",
        )
        for at in (0.5, 0.95, 0.99)
    ]


def _panel(number: int, title: str, unit: str, queries: list[Query]) -> dict[str, Any]:
    a_row = COLUMNS // WIDTH
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "datasource": _SOURCE,
        "gridPos": {
            "x": number % a_row * WIDTH,
            "y": number // a_row * HEIGHT,
            "w": WIDTH,
            "h": HEIGHT,
        },
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": _SOURCE, "expr": expr, "legendFormat": legend}
            for index, (expr, legend) in enumerate(queries)
        ],
    }
