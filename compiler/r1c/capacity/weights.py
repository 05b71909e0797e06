"""A model's fields and how it is cut -> the bytes of weights on one GPU of each stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from r1c import facts
from r1c.capacity.ranges import Range, exactly
from r1c.facts import vllm
from r1c.record import record, replace

Fields = Mapping[str, Any]
Part = Literal["attention", "dense", "shared", "experts"]

_PARTS: tuple[Part, ...] = ("attention", "dense", "shared", "experts")


@record
class Format:
    """How linear weights are stored: `each` is the bytes of one weight of the quantised parts, as a fraction;
    the rest has `element`.

    `ends` tells whether the first and the last layer are quantised too; `padding` is the least and the most
    multiple to which kernels pad the experts' sizes.
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
    """A model's weights as a sampled release deals them out over tensor ranks. Experts are dealt out over
    the data parallel ranks as well: by their width, or whole with expert parallelism.
    """

    fields: Fields
    format: Format
    tensor: int
    data: int
    experts_whole: bool
    release: str
    latent_cache: bool


def stored(fields: Fields, asked: Any, element: int) -> Format | None:
    """Return how vLLM stores the weights, or None for a quantisation of unknown size.

    `asked` is the quantization argument, which quantises a checkpoint that is not quantised.
    """
    own = fields.get("quantization")
    method = own["method"] if own else asked
    if not isinstance(method, str):
        return Format("none", (element, 1), (), True, element, None)
    name = "fp8-block" if own and own.get("weightBlockSize") else method
    known = facts.memory("formats").get(name)
    if not isinstance(known, Mapping):
        return None
    padding = facts.memory("padding").get(name)
    return Format(
        name,
        (known["bytes"][0], known["bytes"][1]),
        tuple((own or {}).get("parts", _PARTS)),
        (own or {}).get("endLayers", True),
        element,
        (padding[0], padding[1]) if padding else None,
    )


def of_stage(cut: Cut, layers: range) -> Range:
    """Return the bytes on one GPU of the stage that has these layers (their numbers from 0).

    Embedding and head are padded to 64 entries and split; the embedding is on the first stage, lm_head on
    the last, for DeepSeek before v0.8.0 on each (vllm-project/vllm pull request 13833). Draft layers for
    speculative decoding are not counted.
    """
    fields, total = cut.fields, cut.fields["numHiddenLayers"]
    first = not layers or layers[0] == 0
    last = not layers or layers[-1] == total - 1
    vocabulary = _over(_up(fields["vocabSize"], 64), cut.tensor) * fields["hiddenSize"] * cut.format.element
    tied = fields["tieWordEmbeddings"] and first
    whole = vocabulary * (first + ((last or _head_on_each(cut)) and not tied))
    rope = fields["maxPositionEmbeddings"] * _rotary(fields) * cut.format.element
    vision = _over((fields.get("vision") or {}).get("bytes", 0), cut.tensor)
    return exactly(whole + rope + vision) + _layers(cut, layers)


def active(cut: Cut, experts: int) -> int:
    """Return the bytes on one GPU, all stages together, that a decode step reads when tokens choose
    `experts` different experts of each layer; the embedding is a look-up and not counted.
    """
    fields, moe = cut.fields, cut.fields.get("moe")
    if moe:
        fewer = {"moe": {**moe, "nRoutedExperts": min(experts, moe["nRoutedExperts"])}}
        cut = replace(cut, fields={**fields, **fewer})
    head = _over(fields["vocabSize"], cut.tensor) * int(fields["hiddenSize"]) * cut.format.element
    return head + _layers(cut, range(fields["numHiddenLayers"])).low


def _layers(cut: Cut, layers: range) -> Range:
    """Return the bytes of layers; those of one kind, with experts or without, at an end or not, are alike."""
    moe = cut.fields.get("moe")
    dense, every = (moe["firstKDenseReplace"], moe.get("interleaveMoeLayerStep", 1)) if moe else (0, 0)
    kinds = _kinds(layers, cut.fields["numHiddenLayers"], dense, every)
    each = [(count, _layer(cut, moe=moe, end=end)) for moe, end, count in kinds]
    return Range(
        sum(count * size.low for count, size in each), sum(count * size.high for count, size in each)
    )


@lru_cache(maxsize=256)
def _kinds(layers: range, total: int, dense: int, every: int) -> tuple[tuple[bool, bool, int], ...]:
    """Count the layers with experts or without, at an end of the model or not; after the first `dense`,
    `every` so many-th has experts, none where `every` is 0.
    """
    kinds = Counter(
        (bool(every) and layer >= dense and (layer + 1) % every == 0, layer in (0, total - 1))
        for layer in layers
    )
    return tuple((moe, end, count) for (moe, end), count in kinds.items())


def _layer(cut: Cut, *, moe: bool, end: bool) -> Range:
    fields = cut.fields
    hidden = fields["hiddenSize"]
    attention = _mla if fields["attention"] == "mla" else _gqa
    rest = attention(cut, end) + 2 * hidden * cut.format.element
    if not moe:
        width = _over(fields.get("intermediateSizeMlp") or fields["intermediateSize"], cut.tensor)
        return exactly(rest + cut.format.bytes(3 * hidden * width, "dense", end=end))
    sizes = fields["moe"]
    shared = _over(sizes["moeIntermediateSize"] * sizes["nSharedExperts"], cut.tensor)
    rest += cut.format.bytes(3 * hidden * shared, "shared", end=end)
    rest += sizes["nRoutedExperts"] * hidden * cut.format.element
    return exactly(rest) + _experts(hidden, sizes, cut, end)


def _experts(hidden: int, moe: Mapping[str, Any], cut: Cut, end: bool) -> Range:
    count, width, ranks = moe["nRoutedExperts"], moe["moeIntermediateSize"], cut.tensor * cut.data
    if cut.experts_whole:
        count = _over(count, ranks)
    else:
        width = _over(width, ranks)
    low, high = (
        cut.format.bytes(3 * count * _up(hidden, multiple) * _up(width, multiple), "experts", end=end)
        for multiple in cut.format.padding or (1, 1)
    )
    return Range(low, high)


def _gqa(cut: Cut, end: bool) -> int:
    fields = cut.fields
    hidden, size = fields["hiddenSize"], fields["headDim"]
    heads = _over(fields["numAttentionHeads"], cut.tensor)
    kept = _over(fields["numKeyValueHeads"], cut.tensor)
    return cut.format.bytes(2 * hidden * size * (heads + kept), "attention", end=end)


def _mla(cut: Cut, end: bool) -> int:
    """Return the bytes of one MLA block: the down projections are whole on every rank.

    v0.7.1 to v0.7.3 keep absorbed matrices beside the weights; later releases bf16 copies of W_UK and W_UV
    (facts/memory.yaml, mla).
    """
    fields, mla, hidden = cut.fields, cut.fields["mla"], cut.fields["hiddenSize"]
    heads = _over(fields["numAttentionHeads"], cut.tensor)
    rope, key, value, latent = (
        int(mla[name]) for name in ("qkRopeHeadDim", "qkNopeHeadDim", "vHeadDim", "kvLoraRank")
    )
    query = mla.get("qLoraRank")
    linear = query * (hidden + heads * (key + rope)) if query else hidden * heads * (key + rope)
    linear += hidden * (latent + rope) + latent * heads * (key + value) + heads * value * hidden
    norms = int((query or 0) + latent) * cut.format.element
    return cut.format.bytes(linear, "attention", end=end) + norms + _mla_extra(cut, heads, end=end)


def _mla_extra(cut: Cut, heads: int, *, end: bool) -> int:
    """Return the bytes that a release which caches the latent keeps beside the weights of one block."""
    if not cut.latent_cache:
        return 0
    mla, hidden, element = cut.fields["mla"], int(cut.fields["hiddenSize"]), cut.format.element
    latent = int(mla["kvLoraRank"])
    if vllm.at_least(facts.memory("mla")["absorbedUntil"], cut.release):
        into = int(mla.get("qLoraRank") or hidden)
        rotary = into * heads * int(mla["qkRopeHeadDim"]) * element
        return cut.format.bytes(heads * latent * (into + hidden), "attention", end=end) + rotary
    return heads * int(mla["qkNopeHeadDim"] + mla["vHeadDim"]) * latent * element


def _head_on_each(cut: Cut) -> bool:
    since = facts.memory("headOnLastStageSince").get(cut.fields["modelType"])
    return since is not None and not vllm.at_least(cut.release, since)


def _rotary(fields: Fields) -> int:
    return int(fields["mla"]["qkRopeHeadDim"] if fields["attention"] == "mla" else fields["headDim"])


def _over(whole: int, ranks: int) -> int:
    """Return the largest share of one rank; a share of at least one where there is anything."""
    return -(-whole // ranks)


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple
