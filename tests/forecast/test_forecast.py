"""What a plan's forecast says, and when its range is wider."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plan_of import base
from r1c import facts
from r1c.facts import performance
from r1c.forecast import Forecast, forecast, unforecast
from r1c.forecast.load import Load

ARGS = {"max-model-len": 16384, "max-num-seqs": 256}
KNOWN: dict[str, Any] = {
    "platform": "a3-ultra",
    "model": {"id": "openai/gpt-oss-120b"},
    "vllm": {"version": "v0.18.0", "args": ARGS},
    "parallelism": {"tensor": 8, "pipeline": 1},
    "nodes": 1,
}
LOAD = Load("1024/1024/64", 1024, 1024, 64)


def found(load: Load = LOAD, **spec: Any) -> Forecast:
    one = forecast(base(**{**KNOWN, **spec}), load)
    assert one
    return one


def test_a_measured_model_has_the_ranges_of_its_own_kind() -> None:
    one, ranges = found(), performance.fit().measured_ranges
    assert (one.known, one.unmeasured, one.factor) == (True, (), 1.0)
    assert one.ranges is ranges
    assert one.tpot.low == pytest.approx(ranges.tpot[0] * one.tpot.likely)
    assert one.tpot.high == pytest.approx(ranges.tpot[1] * one.tpot.likely)
    assert one.ttft.high == pytest.approx(ranges.ttft[1] * one.ttft.likely)


def test_another_model_has_wider_ones() -> None:
    one = found(model={"id": "deepseek-ai/DeepSeek-R1"}, vllm={"version": "v0.18.0", "args": ARGS})
    assert not one.known
    assert one.ranges is performance.fit().other_ranges
    known, other = performance.fit().measured_ranges, performance.fit().other_ranges
    assert other.ttft[0] < known.ttft[0]
    assert other.tpot[0] < known.tpot[0]
    assert other.tpot[1] > known.tpot[1]


@pytest.mark.parametrize(
    ("spec", "condition"),
    [
        ({"vllm": {"version": "v0.10.2", "args": ARGS}}, "vLLM v0.10.2 (measured: v0.12.0 to v0.19.0)"),
        ({"vllm": {"version": "v0.25.0", "args": ARGS}}, "vLLM v0.25.0 (measured: v0.12.0 to v0.19.0)"),
        ({"vllm": {"version": "v0.18.0", "args": {**ARGS, "enforce-eager": True}}}, "enforce-eager"),
        (
            {
                "vllm": {"version": "v0.18.0", "args": {**ARGS, "data-parallel-size": 2}},
                "parallelism": {"tensor": 4, "pipeline": 1},
            },
            "data parallelism",
        ),
        ({"parallelism": {"tensor": 4, "pipeline": 2}}, "pipeline parallelism"),
    ],
)
def test_a_condition_that_no_point_has_makes_the_range_wider(spec: dict[str, Any], condition: str) -> None:
    one = found(**spec)
    assert one.unmeasured == (condition,)
    assert one.factor == pytest.approx(performance.unmeasured_factor())
    assert one.tpot.high / one.tpot.likely > performance.fit().measured_ranges.tpot[1] * 1.4


def test_several_conditions_add_as_squares() -> None:
    one = found(nodes=2, parallelism={"tensor": 8, "pipeline": 2}, load=Load("x", 100, 1024, 64))
    assert one.unmeasured == (
        "2 nodes",
        "pipeline parallelism",
        "100 tokens in (measured: 1,000 to 8,192)",
    )
    assert one.factor == pytest.approx(math.exp(math.log(1.5) * math.sqrt(3)))


def test_tensor_parallelism_across_nodes_is_slower_than_inside() -> None:
    inside = found(nodes=2, parallelism={"tensor": 8, "pipeline": 2})
    across = found(nodes=2, parallelism={"tensor": 16, "pipeline": 1})
    # 36 layers with two all-reduces of 160 microseconds each.
    assert across.tpot.likely - inside.tpot.likely > 0.008


def test_more_requests_make_each_slower_and_all_together_faster() -> None:
    few, many = found(Load("x", 1024, 1024, 8)), found(Load("x", 1024, 1024, 128))
    assert many.tpot.likely > few.tpot.likely
    assert many.ttft.likely > few.ttft.likely
    assert many.gpu_rate.likely > few.gpu_rate.likely


def test_figures_agree_with_each_other() -> None:
    one = found()
    assert one.user_rate.likely == pytest.approx(1 / one.tpot.likely)
    assert (one.user_rate.low, one.user_rate.high) == pytest.approx((1 / one.tpot.high, 1 / one.tpot.low))
    whole = 64 * 1024 / (one.ttft.likely + 1024 * one.tpot.likely)
    assert one.output_rate.likely == pytest.approx(whole)
    assert one.gpu_rate.likely == pytest.approx(whole / 8)


def test_requests_beyond_max_num_seqs_wait() -> None:
    limited = found(vllm={"version": "v0.18.0", "args": {**ARGS, "max-num-seqs": 16}})
    alone = found(Load("x", 1024, 1024, 16))
    assert limited.at_once == 16
    assert limited.tpot.likely == alone.tpot.likely
    # Three others are served in the place of each one before it.
    cycle = alone.ttft.likely + 1024 * alone.tpot.likely
    assert limited.ttft.likely == pytest.approx(alone.ttft.likely + 3 * cycle)
    assert limited.gpu_rate.likely == pytest.approx(alone.gpu_rate.likely)


def test_prompts_that_are_sent_together_wait_half_as_long_on_average() -> None:
    args = {"version": "v0.18.0", "args": {**ARGS, "max-num-seqs": 16}}
    flowing, once = (
        found(Load("x", 1024, 1024, 64, once=once), vllm=args).ttft.likely for once in (False, True)
    )
    alone = found(Load("x", 1024, 1024, 16)).ttft.likely
    assert once - alone == pytest.approx((flowing - alone) / 2)


def test_two_groups_share_a_load() -> None:
    one, two = found(Load("x", 1024, 1024, 32)), found(replicas=2)
    assert two.at_once == 64
    assert (two.tpot, two.gpu_rate) == (one.tpot, one.gpu_rate)
    assert two.output_rate.likely == pytest.approx(2 * one.output_rate.likely)


def test_a_rate_gives_the_requests_at_once() -> None:
    slow = found(Load("x", 1024, 1024, 1000, rate=2.0))
    assert not slow.saturated
    assert slow.unmeasured == ("a request rate",)
    # As many as arrive while one is served (Little's law), and no more than one over.
    running = 2 * (slow.ttft.likely + 1024 * slow.tpot.likely)
    assert running <= slow.at_once < running + 1.5
    assert slow.output_rate.likely == pytest.approx(2 * 1024)


def test_a_rate_beyond_what_is_served_is_said() -> None:
    fast = found(Load("x", 1024, 1024, 10_000, rate=500.0))
    assert fast.saturated
    assert fast.at_once == 256
    assert fast.output_rate.likely < 500 * 1024


_SIZES = st.integers(1, 10**9)


@settings(max_examples=30, deadline=None)
@given(
    load=st.builds(
        Load,
        st.just("x"),
        _SIZES,
        _SIZES,
        _SIZES,
        st.none() | st.floats(0.001, 10**6),
        st.booleans(),
    ),
    model=st.sampled_from(["openai/gpt-oss-120b", "deepseek-ai/DeepSeek-R1", "Qwen/Qwen3-8B"]),
    cut=st.sampled_from([(1, 8, 1), (1, 1, 1), (1, 2, 4), (2, 16, 1), (2, 8, 2)]),
    replicas=st.integers(1, 50),
)
def test_a_range_is_never_upside_down(
    load: Load, model: str, cut: tuple[int, int, int], replicas: int
) -> None:
    nodes, tensor, pipeline = cut
    parallelism = {"tensor": tensor, "pipeline": pipeline}
    one = found(load, model={"id": model}, nodes=nodes, parallelism=parallelism, replicas=replicas)
    for figure in (one.ttft, one.tpot, one.user_rate, one.gpu_rate, one.output_rate):
        assert 0 < figure.low <= figure.likely <= figure.high


def test_nothing_is_faster_than_the_peaks_allow() -> None:
    one = found(
        Load("x", 1024, 1024, 8),
        model={"id": "meta-llama/Llama-3.3-70B-Instruct"},
        parallelism={"tensor": 2, "pipeline": 1},
    )
    # 139 GB of weights on 2 GPUs of 4.8 TB/s, and 8 sequences of 1,536 tokens of 160 KiB.
    floor = (69.5e9 * 2 / 2 + 8 * 1536 * 163_840) / 4.8e12
    assert one.tpot.likely * performance.fit().other_ranges.tpot[0] < floor
    assert one.tpot.low == pytest.approx(floor, rel=0.001)


def test_a_plan_without_a_forecast_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = base(model={"id": "my-org/my-model"})
    assert forecast(unknown, LOAD) is None
    assert unforecast(unknown) == "r1c does not know the architecture of my-org/my-model"
    none = base(**{**KNOWN, "replicas": 0})
    assert forecast(none, LOAD) is None
    assert unforecast(none) == "it has no groups (replicas 0)"
    known = base(**KNOWN)
    assert unforecast(known) is None
    monkeypatch.setitem(facts.data("forecast"), "platforms", {})
    assert forecast(known, LOAD) is None
    assert unforecast(known) == "r1c has no speeds of the GPUs of a3-ultra"
