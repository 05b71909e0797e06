"""monitoring.yaml: which metrics it names, and when its alerts fire, by the word of promtool."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from plan_of import base
from r1c.emit.yaml import documents
from r1c.facts import vllm, vllm_metrics
from r1c.lower import monitoring
from r1c.resolve.plan import Plan
from vllm_sources import needed, source

TARGETS = {"ttftMs": 2000, "tpotMs": 80}
PROMTOOL = shutil.which("promtool")


def plan(version: str = "v0.19.0", **env: str) -> Plan:
    return base(
        vllm={"version": version, "args": {"max-model-len": 32768}, "env": env},
        monitoring=TARGETS,
        replicas=2,
    )


def manifest(made: Plan) -> list[dict[str, Any]]:
    assert made.monitoring
    return list(yaml.safe_load_all(documents(monitoring.manifest(made, made.monitoring).objects)))


def families(made: Plan) -> set[str]:
    """The metrics that monitoring.yaml names, histograms without _bucket."""
    text = json.dumps(manifest(made))
    return {name.removesuffix("_bucket") for name in re.findall(r"vllm:[a-z0-9_]+", text)}


def alerts(made: Plan) -> dict[str, dict[str, Any]]:
    rules = next(item for item in manifest(made) if item["kind"] in ("Rules", "PrometheusRule"))
    return {rule["alert"]: rule for rule in rules["spec"]["groups"][0]["rules"]}


def test_each_release_gets_the_names_that_it_has() -> None:
    cache = {"v0.9.1": "gpu_cache", "v0.10.2": "gpu_cache", "v0.11.0": "kv_cache", "v0.33.0": "kv_cache"}
    for version, name in cache.items():
        assert f"vllm:{name}_usage_perc" in alerts(plan(version))["VllmKvCacheFull"]["expr"]
    token = {"v0.10.1": "time_per_output_token", "v0.10.2": "inter_token_latency"}
    for version, name in token.items():
        assert f"vllm:{name}_seconds_bucket" in alerts(plan(version))["VllmTpotOverTarget"]["expr"]


def test_an_engine_without_a_metric_gets_no_alert_on_it() -> None:
    assert "VllmPreemptions" in alerts(plan("v0.7.3"))
    assert "VllmPreemptions" not in alerts(plan("v0.7.3", VLLM_USE_V1="1"))
    assert not {name for name in families(plan("v0.9.2")) if "prefix_cache" in name}
    assert {name for name in families(plan("v0.9.2", VLLM_USE_V1="1")) if "prefix_cache" in name} == {
        "vllm:prefix_cache_hits_total",
        "vllm:prefix_cache_queries_total",
    }


@pytest.mark.parametrize("version", vllm.versions())
def test_every_name_is_in_the_facts_of_the_release(version: str) -> None:
    made = plan(version)
    engines = vllm_metrics.engines_of(version, made.server.env)
    assert len(families(made)) >= 9
    assert {name for name in families(made) if not vllm_metrics.has(name, version, engines)} == set()


@needed
@pytest.mark.parametrize("version", vllm.versions())
def test_every_name_is_declared_in_the_source_of_the_release(version: str) -> None:
    """Also of the releases that the facts take from their read neighbours."""
    made, read = plan(version), source(version.removeprefix("v"))
    places = {"v0": "vllm/engine/metrics.py", "v1": "vllm/v1/metrics/loggers.py"}
    engines = vllm_metrics.engines_of(version, made.server.env)
    for text in (read.files.text(places[engine]) or "" for engine in engines):
        declared = {name.removesuffix("_total") for name in re.findall(r"vllm:[a-z0-9_]+", text)}
        assert {name for name in families(made) if name.removesuffix("_total") not in declared} == set()


def test_targets_come_from_the_benchmark_where_the_section_has_none() -> None:
    goodput = {"ttftMs": 500, "tpotMs": 50}
    both = alerts(base(monitoring={"tpotMs": 40}, benchmark={"goodput": goodput}))
    assert both["VllmTtftOverTarget"]["expr"].endswith("> 0.5")
    assert both["VllmTpotOverTarget"]["expr"].endswith("> 0.04")
    assert not {"VllmTtftOverTarget", "VllmTpotOverTarget"} & set(alerts(base(monitoring={})))


def test_the_dashboard_is_a_grid_of_panels_that_have_queries() -> None:
    shown = json.loads(manifest(plan())[-1]["data"]["base.json"])
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in shown["panels"]]
    assert len(set(places)) == len(places) >= 10
    assert all(panel["targets"] for panel in shown["panels"])
    assert len({panel["id"] for panel in shown["panels"]}) == len(places)


UP = 'up{recipe="base", namespace="default", leaderworkerset="base", group="%s"}'
WAITING = 'vllm:num_requests_waiting{recipe="base", namespace="default", leaderworkerset="base", group="0"}'
CACHE = 'vllm:kv_cache_usage_perc{recipe="base", namespace="default", leaderworkerset="base", group="%s"}'
BUCKET = (
    'vllm:time_to_first_token_seconds_bucket{recipe="base", namespace="default", leaderworkerset="base", '
    'group="0", le="%s"}'
)
CASES: dict[str, tuple[dict[str, str], str, str, bool]] = {
    "both groups answer": ({UP % 0: "1x600", UP % 1: "1x600"}, "4h", "VllmDown", False),
    "both groups load": ({UP % 0: "1x60 0x600", UP % 1: "1x60 0x600"}, "70m", "VllmDown", True),
    "both pods are gone": ({UP % 0: "1x60", UP % 1: "1x60"}, "90m", "VllmDown", True),
    "no pod was ever there": ({"other": "1x600"}, "10m", "VllmDown", True),
    "one group is left": ({UP % 0: "1x600", UP % 1: "1x60"}, "70m", "VllmDown", False),
    "one group never comes back": ({UP % 0: "1x600", UP % 1: "1x60"}, "5h", "VllmGroupNotReady", True),
    "one group loads": ({UP % 0: "1x600", UP % 1: "1x60 0x30 1x600"}, "2h", "VllmGroupNotReady", False),
    "a group in a crash loop": (
        {UP % 0: "1x600", UP % 1: "1x9 0x9 1x9 0x9 1x9 0x9 1x60"},
        "1h",
        "VllmGroupRestarts",
        True,
    ),
    "one restart": ({UP % 0: "1x600", UP % 1: "1x9 0x9 1x60"}, "1h", "VllmGroupRestarts", False),
    "the queue grows": ({WAITING: "1+1x60"}, "40m", "VllmQueueGrows", True),
    "the queue is long but steady": ({WAITING: "9x60"}, "40m", "VllmQueueGrows", False),
    "the cache of one group is full": (
        {CACHE % 0: "0.2x60", CACHE % 1: "0.99x60"},
        "30m",
        "VllmKvCacheFull",
        True,
    ),
    "the cache is in use": ({CACHE % 0: "0.9x60"}, "30m", "VllmKvCacheFull", False),
    "first tokens take more than 2 seconds": (
        {BUCKET % "2.5": "0x60", BUCKET % "5": "0+10x60", BUCKET % "+Inf": "0+10x60"},
        "40m",
        "VllmTtftOverTarget",
        True,
    ),
    "first tokens come at once": (
        {BUCKET % "0.5": "0+10x60", BUCKET % "5": "0+10x60", BUCKET % "+Inf": "0+10x60"},
        "40m",
        "VllmTtftOverTarget",
        False,
    ),
}


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_alerts_fire_when_they_say(tmp_path: Path) -> None:
    """One run of promtool for all cases."""
    rules = next(item for item in manifest(plan()) if item["kind"] == "Rules")
    (tmp_path / "rules.yaml").write_text(
        yaml.safe_dump({"groups": rules["spec"]["groups"]}), encoding="utf-8"
    )
    tests = []
    for name, (series, when, alert, fires) in CASES.items():
        given = [{"series": key, "values": _samples(value)} for key, value in series.items()]
        expression = f'count(ALERTS{{alertname="{alert}", alertstate="firing"}}) > 0 or vector(0)'
        check = {
            "expr": expression,
            "eval_time": when,
            "exp_samples": [{"labels": "{}", "value": int(fires)}],
        }
        tests.append({"name": name, "interval": "1m", "input_series": given, "promql_expr_test": [check]})
    test = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test), encoding="utf-8")
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", str(tmp_path / "test.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _samples(text: str) -> str:
    """Write 1x60 as promtool does: a first sample and 60 more."""
    return " ".join(part if "+" in part else part.replace("x", "+0x") for part in text.split())
