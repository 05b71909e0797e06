"""A model and how it is cut -> the bytes of weights on one GPU of each stage."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

from r1c import facts
from r1c.capacity.ranges import Range, exactly
from r1c.facts import vllm
from r1c.facts.model import PARTS, Architecture, Experts, LatentAttention, Part
from r1c.record import record, replace


@record
class Format:
    """How linear weights are stored.

    `each` is the bytes of one weight of the quantised parts, as a fraction; the rest has `element`.
    `ends` tells whether the first and the last layer are quantised too; `padding` is the smallest and the
    largest multiple to which kernels pad the experts' sizes.
    """

    method: str
    each: tuple[int, int]
    parts: tuple[Part, ...]
    ends: bool
    element: int
    padding: tuple[int, int] | None

    def bytes(self, count: int, part: Part, *, end: bool) -> int:
        """Return the bytes of a number of weights of a part, in an end layer or in another."""
        above, below = self.each if part in self.parts and (self.ends or not end) else (self.element, 1)
        return count * above // below


@record
class Cut:
    """A model's weights as a sampled release divides them over tensor ranks.

    Experts are divided over the data parallel ranks as well: by their width, or as whole experts with
    expert parallelism.
    """

    model: Architecture
    format: Format
    tensor: int
    data: int
    experts_whole: bool
    release: str
    latent_cache: bool


def stored(model: Architecture, asked: Any, element: int) -> Format | None:
    """Return how vLLM stores the weights, or None for a quantisation of unknown size.

    `asked` is the quantization argument, which quantises a checkpoint that is not quantised.
    """
    own = model.quantization
    method = own.method if own else asked
    if not isinstance(method, str):
        return Format("none", (element, 1), (), True, element, None)
    name = "fp8-block" if own and own.weight_block_size else method
    known = facts.memory().formats.get(name)
    if known is None:
        return None
    return Format(
        name,
        known.bytes,
        own.parts if own else PARTS,
        own.end_layers if own else True,
        element,
        facts.memory().padding.get(name),
    )


def of_stage(cut: Cut, layers: range) -> Range:
    """Return the bytes on one GPU of the stage that has these layers (their numbers from 0).

    Embedding and head are padded to 64 entries and split; the embedding is on the first stage, lm_head on
    the last, for DeepSeek before v0.8.0 on each (vllm-project/vllm pull request 13833). Draft layers for
    speculative decoding are not counted.
    """
    model, total = cut.model, cut.model.num_hidden_layers
    first = not layers or layers[0] == 0
    last = not layers or layers[-1] == total - 1
    vocabulary = _over(_up(model.vocab_size, 64), cut.tensor) * model.hidden_size * cut.format.element
    tied = model.tie_word_embeddings and first
    whole = vocabulary * (first + ((last or _head_on_each(cut)) and not tied))
    rope = model.max_position_embeddings * _rotary(model) * cut.format.element
    vision = _over(model.vision_bytes, cut.tensor)
    return exactly(whole + rope + vision) + _layers(cut, layers)


def active(cut: Cut, experts: int) -> int:
    """Return the bytes on one GPU, all stages together, that a decode step reads.

    Its tokens choose `experts` different experts of each layer. The embedding is a look-up and not counted.
    """
    model, moe = cut.model, cut.model.moe
    if moe:
        fewer = replace(moe, n_routed_experts=min(experts, moe.n_routed_experts))
        cut = replace(cut, model=replace(model, moe=fewer))
    head = _over(model.vocab_size, cut.tensor) * model.hidden_size * cut.format.element
    return head + _layers(cut, range(model.num_hidden_layers)).low


def _layers(cut: Cut, layers: range) -> Range:
    """Return the bytes of layers; those of one kind, with experts or without, at an end or not, are alike."""
    moe = cut.model.moe
    dense, every = (moe.first_k_dense_replace, moe.interleave_moe_layer_step) if moe else (0, 0)
    kinds = _kinds(layers, cut.model.num_hidden_layers, dense, every)
    each = [(count, _layer(cut, moe if experts else None, end=end)) for experts, end, count in kinds]
    return Range(
        sum(count * size.low for count, size in each), sum(count * size.high for count, size in each)
    )


@lru_cache(maxsize=256)
def _kinds(layers: range, total: int, dense: int, every: int) -> tuple[tuple[bool, bool, int], ...]:
    """Count the layers with experts or without, at an end of the model or not.

    After the first `dense` layers, each `every`-th layer has experts; no layer has if `every` is 0.
    """
    kinds = Counter(
        (bool(every) and layer >= dense and (layer + 1) % every == 0, layer in (0, total - 1))
        for layer in layers
    )
    return tuple((experts, end, count) for (experts, end), count in kinds.items())


def _layer(cut: Cut, moe: Experts | None, *, end: bool) -> Range:
    """Return the bytes of one layer, with experts or without."""
    model = cut.model
    hidden = model.hidden_size
    attention = _mla(cut, model.mla, end=end) if model.mla else _gqa(cut, end=end)
    rest = attention + 2 * hidden * cut.format.element
    if moe is None:
        width = _over(model.dense_size, cut.tensor)
        return exactly(rest + cut.format.bytes(3 * hidden * width, "dense", end=end))
    shared = _over(moe.moe_intermediate_size * moe.n_shared_experts, cut.tensor)
    rest += cut.format.bytes(3 * hidden * shared, "shared", end=end)
    rest += moe.n_routed_experts * hidden * cut.format.element
    return exactly(rest) + _experts(hidden, moe, cut, end=end)


def _experts(hidden: int, moe: Experts, cut: Cut, *, end: bool) -> Range:
    count, width, ranks = moe.n_routed_experts, moe.moe_intermediate_size, cut.tensor * cut.data
    if cut.experts_whole:
        count = _over(count, ranks)
    else:
        width = _over(width, ranks)
    low, high = (
        cut.format.bytes(3 * count * _up(hidden, multiple) * _up(width, multiple), "experts", end=end)
        for multiple in cut.format.padding or (1, 1)
    )
    return Range(low, high)


def _gqa(cut: Cut, *, end: bool) -> int:
    model = cut.model
    heads = _over(model.num_attention_heads, cut.tensor) + _over(model.num_key_value_heads, cut.tensor)
    return cut.format.bytes(2 * model.hidden_size * model.head_dim * heads, "attention", end=end)


def _mla(cut: Cut, mla: LatentAttention, *, end: bool) -> int:
    """Return the bytes of one MLA block: the down projections are whole on every rank.

    v0.7.1 to v0.7.3 keep absorbed matrices beside the weights; later releases bf16 copies of W_UK and W_UV
    (facts/memory.yaml, mla).
    """
    hidden, heads = cut.model.hidden_size, _over(cut.model.num_attention_heads, cut.tensor)
    rope, key, value, latent = mla.qk_rope_head_dim, mla.qk_nope_head_dim, mla.v_head_dim, mla.kv_lora_rank
    query = mla.q_lora_rank
    linear = query * (hidden + heads * (key + rope)) if query else hidden * heads * (key + rope)
    linear += hidden * (latent + rope) + latent * heads * (key + value) + heads * value * hidden
    norms = ((query or 0) + latent) * cut.format.element
    return cut.format.bytes(linear, "attention", end=end) + norms + _mla_extra(cut, mla, heads, end=end)


def _mla_extra(cut: Cut, mla: LatentAttention, heads: int, *, end: bool) -> int:
    """Return the bytes that a release which caches the latent keeps beside the weights of one block."""
    if not cut.latent_cache:
        return 0
    hidden, latent, element = cut.model.hidden_size, mla.kv_lora_rank, cut.format.element
    if vllm.at_least(facts.memory().mla.absorbed_until, cut.release):
        into = mla.q_lora_rank or hidden
        rotary = into * heads * mla.qk_rope_head_dim * element
        return cut.format.bytes(heads * latent * (into + hidden), "attention", end=end) + rotary
    return heads * (mla.qk_nope_head_dim + mla.v_head_dim) * latent * element


def _head_on_each(cut: Cut) -> bool:
    since = facts.memory().head_on_last_stage_since.get(cut.model.model_type)
    return since is not None and not vllm.at_least(cut.release, since)


def _rotary(model: Architecture) -> int:
    return model.mla.qk_rope_head_dim if model.mla else model.head_dim


def _over(whole: int, ranks: int) -> int:
    """Return the largest share of one rank; a share of at least one where there is anything."""
    return -(-whole // ranks)


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple
