"""A Plan's vLLM arguments -> the numbers that decide the size of weights and caches.

Defaults of the vLLM version are filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from r1c import facts
from r1c.facts import vllm
from r1c.facts.gpu_memory import Runner
from r1c.facts.model import Architecture, State
from r1c.record import record
from r1c.resolve.plan import Plan

GIB = 2**30
WHOLE = 10**18
"""Parts of a whole share: integers of parts keep decimal shares exact."""

_SUFFIXES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "K": 2**10, "M": 2**20, "G": 2**30}
_NUMBER = r"([0-9]{1,18}(?:\.[0-9]{1,18})?)([kKmMgG]?)"
_DECIMAL = r"([-+]?)([0-9]{0,40})(?:\.([0-9]{0,40}))?(?:[eE]([-+]?[0-9]{1,3}))?"
_MOST = 2**63
_CONNECTOR = re.compile(r'"kv_connector"\s*:\s*"(\w+)"')


@record
class Settings:
    """The settings that the arguments result in. Lengths and batches in tokens, sizes in bytes.

    `length_from` says where max_model_len comes from: the profile, the model's config, or vLLM itself, which
    then takes the longest that fits (auto). `utilization` is in parts of a WHOLE. `chunking_chosen` is what
    the arguments ask for, `chunked_prefill` what the release makes of it. `pool` is what
    kv-cache-memory-bytes asks for. `second_runner` tells that vLLM's second model runner (V2) is used,
    `flashinfer_sampler` that FlashInfer samples where the image has it, `hybrid` that layers with a window
    keep that only, `chunks` that those with chunks do; `in_flight` are the tokens scheduled and not settled;
    `states` the states that a sequence takes in a layer that keeps one, `checkpoints` those of a Mamba 2
    layer besides, `state_element` the bytes of its numbers where the profile says so; `block_step` is what
    the blocks of a model with states are a multiple of; `group_slack` the ratio of layers of two kinds below
    which both make groups of the larger number; `logs_concurrency` that the release logs the size of the
    cache as sequences times their length.
    """

    engine: Literal["V0", "V1"]
    utilization: int
    max_model_len: int
    length_from: Literal["profile", "model", "auto"]
    batched_tokens: int
    batch_is_default: bool
    chunking_chosen: bool
    max_num_seqs: int
    eager: bool
    second_runner: bool
    flashinfer_sampler: bool
    graphs_inside: bool
    element: int
    cache_element: int
    latent_cache: bool
    block: int
    context_parallel: int
    hybrid: bool
    chunks: bool
    in_flight: int
    states: int
    checkpoints: int
    state_element: int | None
    block_step: int
    group_slack: float
    logs_concurrency: bool
    offload: int
    pool: int | None


def number(value: Any) -> int | None:
    """Read an integer as vLLM's command line does (4096, "4096", "4k" = 4000, "4K" = 4096), or None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < _MOST else None
    match = re.fullmatch(_NUMBER, value) if isinstance(value, str) else None
    if match is None:
        return None
    amount = (_parts(match[1]) or 0) * _SUFFIXES[match[2]]
    return amount // WHOLE if match[2] or amount % WHOLE == 0 else None


def share(value: Any) -> int | None:
    """Read a decimal number as parts of a WHOLE, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return _parts(str(value))


@lru_cache(maxsize=256)
def _parts(text: str) -> int | None:
    match = re.fullmatch(_DECIMAL, text.strip())
    if match is None or not (match[2] or match[3]):
        return None
    digits, exponent = f"{match[2]}{match[3] or ''}", int(match[4] or 0) - len(match[3] or "")
    shift = exponent + 18
    amount = int(digits) * 10**shift if shift >= 0 else int(digits) // 10**-shift
    return (-amount if match[1] == "-" else amount) if amount < _MOST * WHOLE else None


def element(plan: Plan) -> int:
    """Return the bytes of a number that is not quantised."""
    return 4 if plan.server.value("dtype") in ("float", "float32") else 2


def utilization(plan: Plan) -> int | None:
    """Return the share of each GPU that vLLM may use, in parts of a WHOLE.

    The profile's value, or the version's default.
    """
    written = plan.server.value("gpu-memory-utilization")
    if written is None:
        return share(vllm.held(facts.memory().utilization.default, plan.server.release))
    return share(written)


def read(plan: Plan, model: Architecture) -> Settings | None:
    """Return the settings for a model, or None if a value is not one that vLLM would take."""
    server, release = plan.server, plan.server.release
    used = utilization(plan)
    length, length_from = _length(plan, model)
    engine: Literal["V0", "V1"] = "V1" if is_v1(server.env, release) else "V0"
    latent = model.mla is not None and _latent(server.env, release)
    chosen = _chunking(plan, engine, length)
    batched = number(server.value("max-num-batched-tokens"))
    seqs = number(server.value("max-num-seqs"))
    cache = facts.memory().cache
    name = server.value("kv-cache-dtype") or "auto"
    block = server.value("block-size")
    context = server.value("decode-context-parallel-size")
    wanted = server.value("kv-cache-memory-bytes")
    offload = share(server.value("cpu-offload-gb") or 0)
    given = [
        number(server.value(flag))
        for flag in ("max-num-batched-tokens", "max-num-seqs", "block-size", "decode-context-parallel-size")
        if server.value(flag) is not None
    ]
    if (
        used is None
        or not 0 < used <= WHOLE
        or length is None
        or not isinstance(name, str)
        or name not in cache.bytes
        or offload is None
        or offload < 0
        or (wanted is not None and (number(wanted) or 0) < 1)
        or any(item is None or item < 1 for item in given)
    ):
        return None
    tokens_a_block = number(block) or _block(plan, model, engine, name, latent=latent)
    tokens = batched or _batch(plan, engine, length, chunked=chosen)
    second = _second_runner(plan, model)
    return Settings(
        engine,
        used,
        length,
        length_from,
        tokens,
        batched is None,
        chosen,
        seqs or _sequences(plan, engine),
        server.value("enforce-eager") is True,
        second,
        _flashinfer_sampler(server.env, release),
        _graphs_inside(server.env, release, second=second),
        element(plan),
        element(plan) if name == "auto" else cache.bytes[name],
        latent,
        tokens_a_block,
        (number(context) or 1) * plan.group.context,
        _hybrid(plan),
        _chunks(plan),
        tokens * _concurrent(plan),
        _states(plan),
        int(vllm.at_least(release, cache.checkpoint_since)),
        _state_element(plan),
        max(tokens_a_block, cache.latent_block_step if latent else cache.block),
        vllm.held(cache.group_slack, release) or 1.0,
        vllm.at_least(release, cache.logs_concurrency_since),
        offload * GIB // WHOLE,
        number(wanted),
    )


def is_v1(env: Mapping[str, str], release: str) -> bool:
    """Tell whether a sampled release runs its V1 engine with these variables."""
    if not vllm.at_least(release, vllm.engine("v1Since")):
        return env.get("VLLM_USE_V1") == "1"
    return vllm.at_least(release, vllm.engine("v1Only")) or env.get("VLLM_USE_V1", "1") != "0"


def _latent(env: Mapping[str, str], release: str) -> bool:
    turned_off = env.get("VLLM_MLA_DISABLE", "0") == "1"
    return vllm.at_least(release, facts.memory().mla.latent_cache_since) and not turned_off


def _length(plan: Plan, model: Architecture) -> tuple[int | None, Literal["profile", "model", "auto"]]:
    written, positions = plan.server.value("max-model-len"), model.max_position_embeddings
    if written is None:
        return positions, "model"
    if written in ("auto", -1, "-1"):
        return (positions if vllm.takes_form("max-model-len", "auto", plan.server.release) else None), "auto"
    length = number(written)
    return (length if length and length > 0 else None), "profile"


def drops_prompts(release: str) -> bool:
    """Tell whether a sampled release turns chunked prefill off for MLA after it chose its batch."""
    return facts.memory().dropped_prompts.include(release)


def _chunking(plan: Plan, engine: str, length: int | None) -> bool:
    written, always = plan.server.value("enable-chunked-prefill"), facts.memory().always_chunked
    release = plan.server.release
    if engine == "V1" and always.include(release):
        return True
    if plan.server.value("disable-chunked-prefill") is True:
        return False
    if isinstance(written, bool):
        return written
    return engine == "V1" or (length or 0) > facts.memory().batch.long_context_tokens


def _batch(plan: Plan, engine: str, length: int, *, chunked: bool) -> int:
    """Return the default of max-num-batched-tokens."""
    figures, memory = facts.memory().batch, plan.platform.gpu_memory_gib
    tokens = figures.tokens
    if engine == "V1" and memory >= figures.big_gpu_gib:
        tokens = vllm.held(figures.big_gpu_tokens, plan.server.release) or tokens
    if engine == "V1" and memory >= figures.huge_gpu_gib:
        tokens = vllm.held(figures.huge_gpu_tokens, plan.server.release) or tokens
    return tokens if chunked else max(length, tokens)


def _sequences(plan: Plan, engine: str) -> int:
    figures = facts.memory().batch
    big = engine == "V1" and plan.platform.gpu_memory_gib >= figures.big_gpu_gib
    return figures.big_gpu_sequences if big else figures.sequences


def _block(plan: Plan, model: Architecture, engine: str, cache_dtype: str, *, latent: bool) -> int:
    """Return the tokens in a block: MLA's backends have blocks of their own, by GPU and type of the cache."""
    figures = facts.memory().cache
    if not latent or engine == "V0":
        return figures.block
    by_backend, key = figures.mla_block, plan.platform.compute_capability
    if model.mla is not None and model.mla.index is not None:
        key = "sparse"
    elif key not in by_backend:
        key = "fp8" if cache_dtype.startswith("fp8") else "default"
    return int(vllm.held(by_backend[key], plan.server.release))


def _second_runner(plan: Plan, model: Architecture) -> bool:
    """Tell whether vLLM runs the model on its second model runner (facts/memory.yaml, modelRunner)."""
    server = plan.server
    default: Runner | None = vllm.held(facts.memory().model_runner.by_default, server.release)
    asked = server.env.get("VLLM_USE_V2_MODEL_RUNNER")
    if default is None or asked is not None:
        return default is not None and asked in ("1", "true", "True")
    named = any(name in default.named for name in model.architectures)
    if default.plain:
        return named and not (model.moe or model.quantization or server.value("quantization"))
    states = any(isinstance(layer.mixer, State) for layer in model.kinds)
    return default.every or named or (default.dense and not model.moe and not states)


def _flashinfer_sampler(env: Mapping[str, str], release: str) -> bool:
    """Tell whether vLLM samples with FlashInfer where it is installed, as it is in vLLM's own image."""
    first, last = facts.memory().profile_run.flashinfer_samples
    asked = env.get("VLLM_USE_FLASHINFER_SAMPLER")
    if asked is not None:
        return asked == "1" and vllm.at_least(release, first)
    return vllm.between(release, first, last)


def _graphs_inside(env: Mapping[str, str], release: str, *, second: bool) -> bool:
    figures = facts.memory().cuda_graphs
    if second and not vllm.at_least(release, facts.memory().model_runner.counts_graphs_since):
        return False
    asked = env.get("VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS")
    if asked is not None and vllm.at_least(release, figures.estimate_since):
        return asked == "1"
    return vllm.at_least(release, figures.inside_since)


def _hybrid(plan: Plan) -> bool:
    """Tell whether layers with a window keep only that window; a KV connector or KV events may end that."""
    server, cache = plan.server, facts.memory().cache
    if not vllm.at_least(server.release, cache.hybrid_since):
        return False
    off = server.value("disable-hybrid-kv-cache-manager")
    if off is True:
        return False
    if off is False and vllm.at_least(server.release, cache.hybrid_asked_since):
        return True
    events = server.value("kv-events-config") is not None
    if events and not vllm.at_least(server.release, cache.hybrid_events_since):
        return False
    connector = server.value("kv-transfer-config")
    if connector is None:
        return True
    named = _CONNECTOR.search(connector) if isinstance(connector, str) else None
    name = connector.get("kv_connector") if isinstance(connector, Mapping) else named and named[1]
    return vllm.at_least(server.release, cache.hybrid_connectors_since) and name in cache.hybrid_connectors


def _chunks(plan: Plan) -> bool:
    """Tell whether layers that attend to chunks keep a chunk only: a variable whose default has changed."""
    asked = plan.server.env.get("VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE")
    if asked is not None:
        return asked == "1"
    return vllm.at_least(plan.server.release, facts.memory().cache.chunked_since)


def _concurrent(plan: Plan) -> int:
    """Return how many batches are scheduled at once whose blocks are not given back yet."""
    figures = facts.memory().cache
    if not vllm.at_least(plan.server.release, figures.in_flight_since):
        return 1
    if plan.group.pipeline > 1:
        return plan.group.pipeline
    return 1 if plan.server.value("async-scheduling") is False else 2


def _states(plan: Plan) -> int:
    """Return how many states a sequence takes in each layer that keeps one.

    Two with prefix caching, which keeps the one at the last whole block.
    """
    asked = plan.server.value("enable-prefix-caching")
    if asked is None:
        release, default = plan.server.release, facts.memory().cache.state_prefix_caching_since
        asked = vllm.at_least(release, default)
    return 2 if asked is True else 1


def _state_element(plan: Plan) -> int | None:
    asked = plan.server.value("mamba-ssm-cache-dtype")
    return {"float32": 4, "float16": 2, "bfloat16": 2}.get(asked) if isinstance(asked, str) else None
