"""The measured terms of facts/memory_fit.yaml are what the runs give, and no run is used to fit and to judge.

Every figure of docs/memory.md, coverage and widths included, is computed here again.
"""

from __future__ import annotations

import memory_fit
import memory_page
import memory_points
import pytest
from memory_fit import Terms, fitted, judged
from memory_points import Point

from r1c import facts
from r1c.capacity.settings import GIB

AGAIN = "run `python tools/memory_fit.py` and review the difference"
WIDTH_BEFORE = {"H100": 8.43, "H200": 10.67}
"""The mean width in GiB of the ranges on the judged runs before any was fitted (at commit 902e779)."""


def of(gpu: str, points: tuple[Point, ...]) -> tuple[Point, ...]:
    return tuple(point for point in points if point.gpu == gpu)


def test_the_facts_are_those_of_the_runs() -> None:
    assert memory_fit.TARGET.read_text(encoding="utf-8") == memory_fit.facts_text(), AGAIN


def test_the_page_is_that_of_the_runs() -> None:
    assert memory_page.TARGET.read_text(encoding="utf-8") == memory_page.page(), AGAIN


def test_a_third_of_the_configurations_is_never_fitted() -> None:
    last = {point.configuration for point in judged()}
    kept = {point.configuration for point in fitted()}
    assert not last & kept
    assert len(last) > (len(last) + len(kept)) // 3
    assert len(fitted()) + len(judged()) == len(memory_points.used())


def test_every_run_has_a_model_and_a_source() -> None:
    listed = memory_points.models()
    for point in memory_points.points():
        assert point.model in listed["models"] or point.model in listed["leftOut"]
        assert any(point.source.startswith(source) for source in listed["sources"])


def test_at_least_95_of_100_judged_runs_lie_in_the_ranges() -> None:
    for gpu in WIDTH_BEFORE:
        found = memory_fit.coverage(of(gpu, judged()))
        assert 100 * found.inside >= 95 * found.points
    found = memory_fit.coverage(judged())
    assert facts.memory().measured.judged.runs == found.points
    assert facts.memory().measured.judged.inside == found.inside


def test_the_ranges_are_at_most_half_as_wide_as_they_were() -> None:
    for gpu, before in WIDTH_BEFORE.items():
        assert memory_fit.coverage(of(gpu, judged())).width <= before / 2


def test_the_fit_is_a_minimum() -> None:
    terms = memory_fit.fit()
    for before, since in ((0.98, 1), (1.02, 1), (1, 0.98), (1, 1.02)):
        moved = Terms(terms.before * before, terms.since * since)
        assert memory_fit.loss(fitted(), moved) > memory_fit.loss(fitted(), terms)


def test_the_sampler_needs_less_from_v0_17_0_on() -> None:
    """Qwen3-14B took 5.64 GiB up to v0.16.0 and 2.23 GiB after: the same settings, another release."""
    runs = {point.vllm: point for point in memory_points.used() if point.model == "Qwen/Qwen3-14B"}
    assert [runs[release].activation for release in ("v0.16.0", "v0.17.0")] == [5.64, 2.23]
    for point in runs.values():
        activation = memory_points.stage(point).activation
        assert activation.low <= (point.activation or 0) * GIB <= activation.high


def test_weights_agree_with_what_vllm_loaded() -> None:
    for point in memory_points.used():
        held = memory_points.stage(point).weights
        if point.weights:
            assert held.low / GIB <= point.weights * 1.005
            # MLA keeps up to 0.2 GiB besides, whatever the number of layers.
            assert held.high / GIB >= point.weights * 0.99 - 0.2


@pytest.mark.parametrize("gpu", ["H100", "H200"])
def test_the_platforms_have_the_memory_that_cuda_reported(gpu: str) -> None:
    platform = facts.platform({"H100": "a3-mega", "H200": "a3-ultra"}[gpu])
    totals = {point.total for point in memory_points.used() if point.gpu == gpu}
    assert all(abs(total - platform.gpu_memory_gib) < 0.1 for total in totals)


def test_what_a_measured_pool_holds_is_what_vllm_logged() -> None:
    """Chunked layers of Llama 4, windows, MLA in bf16 and FP8, stages: by the release's own count."""
    checked = [point for point in memory_points.used() if point.tokens and point.sequences]
    assert len(checked) > 70
    for point in checked:
        cache, pool = memory_points.stage(point).cache, int(point.pool * GIB)
        # Other logs give the pool in hundredths of a GiB.
        near = 0.0002 if point.source.startswith("own run") else 0.002
        assert cache.tokens(pool, point.max_model_len) == pytest.approx(point.tokens, rel=near)
        assert cache.sequences(pool, point.max_model_len) == pytest.approx(point.sequences, rel=near)
