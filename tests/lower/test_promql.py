"""Every expression that r1c writes, read by a parser of PromQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml

from plan_of import base
from r1c.emit.yaml import documents
from r1c.facts import vllm_metrics
from r1c.lower import monitoring, scaling
from r1c.resolve.plan import Plan

RELEASES = vllm_metrics.releases()


def plan(release: str, **spec: Any) -> Plan:
    server = {"version": release, "args": {"max-model-len": 32768, "max-num-seqs": 64}}
    return base(vllm=server, replicas=2, **spec)


def alerts(made: Plan) -> Iterator[str]:
    assert made.monitoring
    for item in yaml.safe_load_all(documents(monitoring.manifest(made, made.monitoring).objects)):
        if item["kind"] in ("Rules", "PrometheusRule"):
            yield from (rule["expr"] for group in item["spec"]["groups"] for rule in group["rules"])


def panels(made: Plan) -> Iterator[str]:
    assert made.monitoring
    for item in yaml.safe_load_all(documents(monitoring.manifest(made, made.monitoring).objects)):
        if item["kind"] == "ConfigMap":
            for panel in json.loads(next(iter(item["data"].values())))["panels"]:
                yield from (target["expr"] for target in panel.get("targets", ()))


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("system", ["managedPrometheus", "prometheusOperator"])
def test_alerts(release: str, system: str) -> None:
    made = plan(release, monitoring={"system": system, "ttftMs": 2000, "tpotMs": 80})
    found = list(alerts(made))
    assert len(found) >= 5
    for expression in found:
        promql_parser.parse(expression)


@pytest.mark.parametrize("release", RELEASES)
def test_panels(release: str) -> None:
    found = list(panels(plan(release, monitoring={})))
    assert len(found) >= 5
    for expression in found:
        # Grafana puts a time in place of its variable before it asks.
        promql_parser.parse(expression.replace("$__rate_interval", "5m"))


@pytest.mark.parametrize("metric", ["waiting", "running", "kvCache"])
@pytest.mark.parametrize("release", RELEASES)
def test_queries_of_an_autoscaler(release: str, metric: str) -> None:
    made = plan(release, monitoring={}, scaling={"adapter": "keda", "maxReplicas": 4, "metric": metric})
    assert made.scaling
    (scaled, *_) = scaling.manifest(made, made.scaling).objects
    promql_parser.parse(scaled["spec"]["triggers"][0]["metadata"]["query"])


def test_the_parser_refuses_what_is_not_promql() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        promql_parser.parse("sum by (group) (rate(vllm:num_preemptions_total[5m])")
