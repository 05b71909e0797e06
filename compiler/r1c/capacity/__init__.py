"""A Plan -> its capacity: layers, weights and KV cache of each stage, and how much the cache holds.

This is an estimate: a size that only a run can show is a range.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from r1c import facts
from r1c.capacity import budget, kv_cache, settings, stages, unmeasured, weights
from r1c.capacity.ranges import Range, exactly
from r1c.capacity.settings import GIB, Settings
from r1c.facts.model import Architecture
from r1c.record import record
from r1c.resolve.plan import Plan

if TYPE_CHECKING:
    from r1c.capacity.decode import DecodeLimit

_MOST_RANKS = 100_000


@record
class Stage:
    """One pipeline stage; every size is of one of its GPUs, in bytes.

    `pool` is what is left for the KV cache and may be negative; `tokens` is what it holds, and
    `longest` the longest sequence in it.
    """

    number: int
    ranks: tuple[int, ...]
    nodes: tuple[int, ...]
    layers: range
    weights: Range
    activation: Range
    pool: Range
    cache: kv_cache.Cache
    tokens: Range
    longest: Range


@record
class Capacity:
    """The capacity of one group, or of one data parallel copy in it.

    `granted` is the part of a GPU's `total` bytes that vLLM may use, all of it where kv-cache-memory-bytes
    says what the cache takes; `beside` is what the GPU holds besides, without CUDA graphs. `stage` limits the
    KV cache. `longest` is the longest sequence that every stage holds; `accepted` is the longest
    max-model-len with which this release starts, less than that only where it compares the cache of all
    layers with one stage's pool. `length` is what the sequences are counted at. `unmeasured` is what the plan
    has and no measured run has: it makes the ranges wider.
    """

    settings: Settings
    total: int
    granted: int
    non_torch: Range
    graphs: Range
    beside: Range
    stages: tuple[Stage, ...]
    stage: Stage
    tokens: Range
    longest: Range
    accepted: Range
    length: int
    sequences: tuple[float, float]
    cut: weights.Cut
    unmeasured: tuple[str, ...]

    @property
    def at_once(self) -> tuple[float, float]:
        """The sequences as every report shows them: to a tenth."""
        low, high = self.sequences
        return round(low, 1), round(high, 1)


class _Itself:
    """A plan as a cache key, by identity: a plan holds maps and cannot be hashed by its content."""

    __slots__ = ("plan",)

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.plan is self.plan

    def __hash__(self) -> int:
        return id(self.plan)


@record
class _Known:
    """What sizes are computed from: model, settings, weight format, layers of each stage."""

    model: Architecture
    settings: Settings
    format: weights.Format
    counts: tuple[int, ...]


def unsized(plan: Plan) -> str | None:
    """Say why a plan cannot be sized, or None if it can."""
    known = _known(_Itself(plan))
    return known if isinstance(known, str) else None


@lru_cache(maxsize=2)
def _known(key: _Itself) -> _Known | str:
    """Return what sizes are computed from, or why they cannot be."""
    plan = key.plan
    model = plan.model.architecture
    if model is None:
        return f"r1c does not know the architecture of {plan.model.id}"
    if model.unsized:
        return f"r1c cannot size {plan.model.id}: {model.unsized}"
    if model.max_position_embeddings is None and plan.server.value("max-model-len") is None:
        return f"the config.json of {plan.model.id} has no max_position_embeddings"
    group, layers = plan.group, len(model.layers)
    if group.ranks > _MOST_RANKS:
        return f"a group of {group.ranks} ranks is too large to estimate"
    if group.pipeline > layers:
        return f"there are more stages ({group.pipeline}) than layers ({layers})"
    counts = _layers(plan, layers)
    if counts is None:
        return "VLLM_PP_LAYER_PARTITION does not match the layers of the model"
    format_ = _format(plan, model)
    if format_ is None:
        method = model.quantization.method if model.quantization else plan.server.value("quantization")
        return f"r1c does not know the size of {method} weights"
    read = settings.read(plan, model)
    if read is None:
        return "r1c cannot read a memory setting under vllm.args"
    return _Known(model, read, format_, counts)


def estimate(plan: Plan) -> Capacity | None:
    """Return the capacity of one group, or None if unsized() gives a reason."""
    return _estimate(_Itself(plan))


@lru_cache(maxsize=2)
def _estimate(key: _Itself) -> Capacity | None:
    """Return the capacity; many rules ask for that of one plan."""
    plan, known = key.plan, _known(key)
    if isinstance(known, str):
        return None
    set_, counts = known.settings, known.counts
    experts_whole = plan.server.value("enable-expert-parallel") is True
    tensor, data, release = plan.group.tensor, plan.group.data, plan.server.release
    cut = weights.Cut(known.model, known.format, tensor, data, experts_whole, release, set_.latent_cache)
    total = int(plan.platform.gpu_memory_gib * GIB)
    granted = total * set_.utilization // settings.WHOLE if set_.pool is None else total
    conditions = unmeasured.of_plan(plan, known.model, set_)
    terms = budget.Budget(cut, set_, plan.group, conditions)
    non_torch, graphs = budget.non_torch(terms), budget.cuda_graphs(terms)
    left = exactly(granted) - non_torch - (graphs if set_.graphs_inside else exactly(0))
    ends = list(itertools.accumulate(counts, initial=0))
    all_stages = [
        _stage(plan, terms, number, range(ends[number], ends[number + 1]), left=left)
        for number in range(len(counts))
    ]
    longest = _least(stage.longest for stage in all_stages)
    accepted = _accepted(plan, all_stages, longest)
    length = set_.max_model_len
    if set_.length_from == "auto":
        length = max(1, min(length, accepted.high))
    tokens = _least(stage.tokens for stage in all_stages)
    shortest = min(all_stages, key=lambda stage: (stage.tokens.low, stage.tokens.high, stage.pool.low))
    return Capacity(
        set_,
        total,
        granted,
        non_torch,
        graphs,
        budget.beside(terms),
        tuple(all_stages),
        shortest,
        tokens,
        longest,
        accepted,
        length,
        (
            min(stage.cache.sequences(stage.pool.low, length) for stage in all_stages),
            min(stage.cache.sequences(stage.pool.high, length) for stage in all_stages),
        ),
        cut,
        (*conditions.others, *conditions.layout),
    )


def decode_limit(plan: Plan, capacity: Capacity) -> DecodeLimit | None:
    """Return how fast memory bandwidth lets a plan decode, or None if not one benchmark sequence fits."""
    from r1c.capacity.decode import limit

    token_bytes = sum(stage.cache.token_bytes for stage in capacity.stages)
    together = min(capacity.settings.max_num_seqs, capacity.tokens.high // plan.benchmark.longest.tokens)
    return limit(plan, capacity.cut, token_bytes, together) if together else None


def _format(plan: Plan, model: Architecture) -> weights.Format | None:
    asked = plan.server.value("quantization")
    return weights.stored(model, asked, settings.element(plan), plan.platform.compute_capability)


def _layers(plan: Plan, layers: int) -> tuple[int, ...] | None:
    written = plan.server.env.get("VLLM_PP_LAYER_PARTITION")
    pipeline = plan.group.pipeline
    if written is not None and pipeline > 1:
        return stages.partition(written, layers, pipeline)
    return stages.split(layers, pipeline, plan.server.release)


def _stage(plan: Plan, terms: budget.Budget, number: int, layers: range, *, left: Range) -> Stage:
    """Return a stage; `left` is what a GPU has for its weights, activations and cache."""
    set_, cut = terms.settings, terms.cut
    ranks, nodes = stages.placed(number, plan.group)
    held = _offloaded(weights.of_stage(cut, layers), set_.offload)
    activation = budget.activation(terms, layers)
    pool = left - held - activation
    if set_.pool is not None:
        pool = Range(min(pool.low, set_.pool), min(pool.high, set_.pool))
    cache = kv_cache.of_stage(cut.model, set_, cut.tensor, layers)
    tokens = Range(cache.tokens(pool.low, set_.max_model_len), cache.tokens(pool.high, set_.max_model_len))
    longest = Range(cache.longest(pool.low), cache.longest(pool.high))
    return Stage(number, ranks, nodes, layers, held, activation, pool, cache, tokens, longest)


def _offloaded(held: Range, offload: int) -> Range:
    return Range(max(0, held.low - offload), max(0, held.high - offload))


def _least(ranges: Iterable[Range]) -> Range:
    each = list(ranges)
    return Range(min(item.low for item in each), min(item.high for item in each))


def _accepted(plan: Plan, all_stages: list[Stage], longest: Range) -> Range:
    """Return the longest max-model-len that the release itself accepts.

    Source: facts/memory.yaml, wholeModelCheck.
    """
    compared = facts.memory().whole_model_check.include(plan.server.release)
    if not compared or len(all_stages) == 1:
        return longest
    pool = _least(stage.pool for stage in all_stages)
    whole = sum(stage.cache.token_bytes for stage in all_stages)
    block = all_stages[0].cache.block
    low, high = (max(0, bytes_) // (whole * block) * block for bytes_ in (pool.low, pool.high))
    return Range(min(low, longest.low), min(high, longest.high))
