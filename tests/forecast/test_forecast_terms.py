"""Each term of the forecast, against figures worked out by hand."""

from __future__ import annotations

import pytest

from r1c import facts
from r1c.capacity import weights
from r1c.facts import performance
from r1c.facts.model import Architecture, Attention
from r1c.forecast import all_reduce, arithmetic, bandwidth, latency, routing, work
from r1c.forecast.serving import Cached, Serving
from r1c.record import replace

C = performance.Coefficients(
    bandwidth=2,
    arithmetic=3,
    attention=5,
    overhead=0.001,
    routing=0.002,
    all_reduce=0.003,
    volume=7,
    prefill_pass=11,
    share=0.5,
    first=0.1,
    wait=0.25,
)


def architecture(id_: str) -> Architecture:
    found = facts.architecture(id_)
    assert found
    return found


def serving(id_: str, tensor: int, gpu: str = "H100", **changes: object) -> Serving:
    model = architecture(id_)
    format_ = weights.stored(model, None, 2)
    assert format_
    cut = weights.Cut(model, format_, tensor, 1, False, "v0.19.0", True)
    cache = tuple(
        Cached(640, layer.mixer.window if isinstance(layer.mixer, Attention) else None)
        for layer in model.layers
    )
    return replace(Serving(cut, performance.gpu(gpu), cache), **changes)


def test_a_dense_model_reads_all_weights_whatever_the_batch() -> None:
    one = serving("meta-llama/Llama-3.3-70B-Instruct", 8)
    read = bandwidth.of_weights(one, 1)
    assert read == bandwidth.of_weights(one, 500)
    # 70.55 B parameters less the embedding of 1.05 B, 2 bytes each, on 8 GPUs of 3.35 TB/s.
    assert read == pytest.approx(69.5e9 * 2 / 8 / 3.35e12, rel=0.001)


def test_experts_are_read_as_tokens_choose_them() -> None:
    model = architecture("deepseek-ai/DeepSeek-R1")
    assert [routing.chosen(model, tokens) for tokens in (1, 8, 64, 4096)] == [8, 57, 222, 256]
    assert routing.layers(model) == 58
    assert routing.layers(architecture("Qwen/Qwen3-32B")) == 0
    assert routing.layers(architecture("meta-llama/Llama-4-Maverick-17B-128E-Instruct")) == 24


def test_the_cache_is_read_for_each_sequence_and_a_window_limits_it() -> None:
    one = serving("Qwen/Qwen3-32B", 8)
    assert bandwidth.of_cache(one, 10, 1000) == pytest.approx(10 * 1000 * 64 * 640 / 3.35e12)
    half = serving("openai/gpt-oss-120b", 8)  # every second layer keeps 128 tokens
    assert bandwidth.of_cache(half, 10, 1000) == pytest.approx(10 * 18 * (1000 + 128) * 640 / 3.35e12)
    state = replace(one, cache=(Cached(640), Cached(0, None, 5000)))
    assert bandwidth.of_cache(state, 10, 1000) == pytest.approx(10 * (640_000 + 5000) / 3.35e12)


def test_arithmetic_is_two_operations_for_each_active_weight() -> None:
    one = serving("meta-llama/Llama-3.3-70B-Instruct", 8)
    assert arithmetic.of_weights(one, 1000) == pytest.approx(2 * 69.5e9 * 1000 / 8 / 989e12, rel=0.001)
    # 80 layers of 64 heads of 128: queries with half of the keys, and the same with the values.
    attention = 2 * 1000 * 1000 * 64 * 128 * 80 / 8 / 989e12
    assert arithmetic.of_attention(one, 1000) == pytest.approx(attention)
    # 61 layers of 128 heads, with keys of 192 and values of 128.
    latent = arithmetic.of_attention(serving("deepseek-ai/DeepSeek-R1", 8), 1000)
    assert latent == pytest.approx(1000 * 1000 * 128 * 320 * 61 / 8 / 989e12)


def test_a_window_limits_what_a_prompt_attends_to() -> None:
    one = serving("openai/gpt-oss-120b", 8)  # 64 heads of 64; every second layer keeps 128 tokens
    pairs = 18 * 1000 * 1000 / 2 + 18 * (128 * 128 / 2 + 872 * 128)
    assert arithmetic.of_attention(one, 1000) == pytest.approx(4 * pairs * 64 * 64 / 8 / 989e12)


def test_a_format_computes_in_its_type_where_the_gpu_has_it() -> None:
    hopper, blackwell = performance.gpu("H100"), performance.gpu("B200")
    assert hopper.operations("fp8-block") == 1979 * 10**12
    assert hopper.operations("mxfp4") == hopper.operations("none") == 989 * 10**12
    assert blackwell.operations("nvfp4") == 9000 * 10**12


def test_every_platform_has_its_gpu() -> None:
    for name in facts.platforms():
        platform = facts.platform(name)
        gpu = performance.gpu_of(name)
        assert gpu
        assert gpu.name in platform.gpu_model
        assert gpu.bandwidth == platform.gpu_memory_bandwidth


def test_all_reduces_are_two_a_layer_and_none_on_one_gpu() -> None:
    assert all_reduce.count(serving("Qwen/Qwen3-32B", 1)) == 0
    assert all_reduce.volume(serving("Qwen/Qwen3-32B", 1), 100) == 0
    two = serving("Qwen/Qwen3-32B", 2)
    assert all_reduce.count(two) == 128
    assert all_reduce.volume(two, 100) == pytest.approx(128 * 100 * 5120 * 2 / 450e9)


def test_only_a_group_on_several_nodes_spends_time_between_them() -> None:
    one = serving("Qwen/Qwen3-32B", 8)
    each = 0.00016 + 100 * 5120 * 2 / 81e9
    assert all_reduce.across(one, 100) == 0
    assert all_reduce.across(replace(one, pipeline=4), 100) == pytest.approx(3 * each)
    assert all_reduce.across(replace(one, across=True), 100) == pytest.approx(128 * each)


def test_latency_adds_up_the_terms() -> None:
    one = work.Work(0.01, 0.02, 0.03, 10, 5, 20, 0.001, 0.5)
    step = 2 * 0.01 + 3 * 0.02 + 0.01 + 0.01 + 0.06 + 0.007 + 0.5
    assert latency.step(one, C) == pytest.approx(step)
    assert latency.prompt(one, C) == pytest.approx(11 * 0.01 + 3 * 0.02 + 5 * 0.03 + 0.007 + 0.5)
    assert latency.tpot(0.02, 0.1, 11, 100, C) == pytest.approx(0.02 + 0.5 * 0.1 * 10 / 100)
    prefill = 0.1 * 11 / (0.1 * 11 + 100 * 0.02)
    assert latency.ttft(0.02, 0.2, 0.1, 11, 100, C) == pytest.approx(
        0.1 + 0.02 + 0.2 + 0.1 * 0.25 * prefill * 10
    )
