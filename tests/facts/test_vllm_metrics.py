"""The metrics of vLLM: how they are read from a source, and that the facts are what the sources say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from r1c.facts import vllm_metrics
from vllm_sources import needed, source

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tools"))

LOGGERS = """
from prometheus_client import Counter, Gauge, Histogram

class PrometheusStatLogger:
    _gauge_cls = Gauge

    def __init__(self, config):
        running = self._gauge_cls(name="vllm:num_requests_running", labelnames=[])
        self.preemptions = Counter("vllm:num_preemptions", "Preemptions.")
        self.tokens = Counter(name="vllm:generation_tokens_total", documentation="Tokens.")
        for role in ("prompt", "generation"):
            self.first = Histogram(name="vllm:time_to_first_token_seconds", buckets=[1])
        if self.show_hidden_metrics:
            self.old = self._gauge_cls(name="vllm:gpu_cache_usage_perc")
        if config.kv_cache_metrics:
            self.life = Histogram(name="vllm:kv_block_lifetime_seconds")
        other = Gauge(name="process_start_time_seconds")
"""


def test_metrics_are_read_from_a_source(tmp_path: Path) -> None:
    import vllm_metrics_source
    from vllm_models_source import Tree

    place = tmp_path / vllm_metrics_source.FILES["v1"]
    place.parent.mkdir(parents=True)
    place.write_text(LOGGERS, encoding="utf-8")
    assert vllm_metrics_source.metrics(Tree(tmp_path, None)) == {
        "vllm:num_requests_running": ("gauge", ("v1",)),
        "vllm:num_preemptions_total": ("counter", ("v1",)),
        "vllm:generation_tokens_total": ("counter", ("v1",)),
        "vllm:time_to_first_token_seconds": ("histogram", ("v1",)),
    }


@needed
@pytest.mark.parametrize("release", vllm_metrics.releases())
def test_the_facts_are_what_the_source_says(release: str) -> None:
    import vllm_metrics_source

    found = vllm_metrics_source.metrics(source(release.removeprefix("v")).files)
    assert len(found) >= 15
    for engine in vllm_metrics_source.FILES:
        wanted = {name for name, (_, engines) in found.items() if engine in engines}
        known = {name for name in vllm_metrics.metrics() if vllm_metrics.has(name, release, (engine,))}
        assert known == wanted


def test_a_release_between_two_has_what_both_have() -> None:
    assert vllm_metrics.has("vllm:kv_cache_usage_perc", "v0.9.2", ("v1",))
    assert not vllm_metrics.has("vllm:kv_cache_usage_perc", "v0.9.1", ("v1",))
    assert vllm_metrics.has("vllm:num_requests_waiting", "v0.10.1.1", ("v0", "v1"))
    assert vllm_metrics.has("vllm:kv_cache_usage_perc", "v0.99.0", ("v1",))
    assert not vllm_metrics.has("vllm:no_such_metric", "v0.9.2", ("v1",))


@pytest.mark.parametrize(
    ("version", "asked", "engines"),
    [
        ("v0.7.3", None, ("v0",)),
        ("v0.7.3", "1", ("v1",)),
        ("v0.9.2", None, ("v0", "v1")),
        ("v0.9.2", "0", ("v0",)),
        ("v0.11.0", None, ("v1",)),
        ("v0.11.0", "0", ("v1",)),
    ],
)
def test_the_engines_that_may_run(version: str, asked: str | None, engines: tuple[str, ...]) -> None:
    env = {} if asked is None else {"VLLM_USE_V1": asked}
    assert vllm_metrics.engines_of(version, env) == engines
