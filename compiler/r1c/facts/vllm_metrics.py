"""The metrics of a vLLM release, by what they are needed for: waiting requests, KV cache, latency.

From facts/vllm_metrics.json, the names that each read release declares, and facts/monitoring.yaml, the needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from r1c import facts
from r1c.facts import vllm
from r1c.facts.entry import fill, load
from r1c.record import named_record

Need = Literal[
    "running",
    "waiting",
    "kvCache",
    "preemptions",
    "promptTokens",
    "generatedTokens",
    "finished",
    "prefixHits",
    "prefixQueries",
    "ttft",
    "tpot",
    "latency",
]


@named_record
class Alerts:
    """When an alert fires; durations as Prometheus writes them, KV use and quantile between 0 and 1."""

    down: str
    history: str
    restarts: int
    queue: str
    queue_for: str
    kv_cache_full: float
    preemptions_per_second: float
    rate: str
    sustained: str
    quantile: float


def _data() -> Any:
    return load("vllm_metrics.json")


@cache
def alerts() -> Alerts:
    """Return the thresholds of facts/monitoring.yaml."""
    return fill(Alerts, facts.data("monitoring")["alerts"])


def collectors() -> tuple[str, ...]:
    """Return the namespaces from which Managed Prometheus scrapes."""
    return tuple(facts.data("monitoring")["collectors"]["managedPrometheus"])


def releases() -> tuple[str, ...]:
    """Return the releases that were read, oldest first."""
    return tuple(_data()["releases"])


def metrics() -> tuple[str, ...]:
    """Return every metric that one of them shows."""
    return tuple(_data()["metrics"])


def name(need: Need, version: str, env: Mapping[str, str]) -> str | None:
    """Return the metric for a need in a release with these variables, None if the release may lack it.

    For histograms it is the name of the family, without _bucket, _sum and _count.
    """
    candidates: list[str] = facts.data("monitoring")["metrics"][need]
    engines = engines_of(version, env)
    return next((metric for metric in candidates if has(metric, version, engines)), None)


def has(metric: str, version: str, engines: tuple[str, ...]) -> bool:
    """Tell whether a release shows a metric by default, whichever of the engines runs.

    A release that was not read has the metrics that both its read neighbours have; one newer than
    all read releases counts as the newest.
    """
    entry = _data()["metrics"].get(metric, {})
    here = vllm.key(version) or ()

    def shown(engine: str) -> bool:
        return any(
            (vllm.key(first) or ()) <= here and (last is None or here <= (vllm.key(last) or ()))
            for first, last in entry.get(engine, ())
        )

    return all(map(shown, engines))


def engines_of(version: str, env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the engines that may run: v0, v1, or both where vLLM falls back to V0 on its own."""
    here, asked = vllm.key(version) or (), env.get("VLLM_USE_V1")
    since, only = vllm.key(vllm.engine("v1Since")) or (), vllm.key(vllm.engine("v1Only")) or ()
    if here >= only:
        return ("v1",)
    if asked in ("0", "1"):
        return ("v0",) if asked == "0" else ("v1",)
    return ("v0",) if here < since else ("v0", "v1")
