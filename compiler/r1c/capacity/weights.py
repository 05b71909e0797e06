"""A model and how it is cut -> the bytes of weights on one GPU of each stage."""

from __future__ import annotations

from collections import Counter
from typing import Any

from r1c import facts
from r1c.capacity.ranges import Range, exactly
from r1c.facts import vllm
from r1c.facts.model import Architecture, Experts, LatentAttention, Layer, Linear, Part, Quantization, Stored
from r1c.record import record, replace

QUANTISED: tuple[Part, ...] = ("attention", "dense", "shared", "experts", "recurrent")
"""What vLLM quantises while it loads a checkpoint that is not quantised."""


@record
class Format:
    """How weights are stored: `method` by its name in facts/memory.yaml, "none" without one.

    What the checkpoint does not quantise has `element` bytes, or `asked` where vLLM is asked to quantise it.

    `padding` is the least and the most multiple to which kernels pad the experts' hidden size and width.
    """

    method: str
    element: int
    asked: Stored | None
    padding: tuple[tuple[int, int], tuple[int, int]] | None


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


def stored(model: Architecture, asked: Any, element: int, capability: str = "default") -> Format | None:
    """Return how vLLM stores the weights on GPUs of a compute capability; None if their size is unknown.

    `asked` is the quantization argument, which quantises a checkpoint that is not quantised.
    """
    own = model.quantization
    if own is not None:
        if own.method not in facts.memory().formats:
            return None
        return Format(own.method, element, None, _padding(own.method, capability))
    if not isinstance(asked, str):
        return Format("none", element, None, None)
    known = facts.memory().formats.get(asked)
    if known is None:
        return None
    return Format(asked, element, Stored(asked, *known.stored), _padding(asked, capability))


def _padding(method: str, capability: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    multiples = facts.memory().padding.get(method)
    if multiples is None:
        return None
    return multiples.hidden, multiples.width.get(capability, multiples.width["default"])


def quantised(model: Architecture, method: str) -> Architecture:
    """Return a model whose linears are stored as a method of facts/memory.yaml does."""
    form = Stored(method, *facts.memory().formats[method].stored)
    known = {
        id(layer): replace(
            layer,
            linears=tuple(
                replace(linear, stored=form) if linear.part in QUANTISED else linear
                for linear in layer.linears
            ),
        )
        for layer in model.kinds
    }
    layers = tuple(known[id(layer)] for layer in model.layers)
    return replace(
        model, layers=layers, kinds=tuple(known.values()), quantization=Quantization(method, method)
    )


def of_stage(cut: Cut, layers: range) -> Range:
    """Return the bytes on one GPU of the stage that has these layers (their numbers from 0).

    Embedding and head are padded and split; the embedding is on the first stage, lm_head on
    the last, for DeepSeek before v0.8.0 on each (vllm-project/vllm pull request 13833). Draft layers for
    speculative decoding are not counted.
    """
    model, total = cut.model, len(cut.model.layers)
    first = not layers or layers[0] == 0
    last = not layers or layers[-1] == total - 1
    element, hidden = cut.format.element, model.hidden_size or 0
    rows = _over(_up(model.vocab_size or 0, facts.memory().vocabulary_padded_to), cut.tensor)
    whole = rows * hidden * element if first else 0
    if (last or _head_on_each(cut)) and not (model.tie_word_embeddings and first):
        whole += model.head.bytes(hidden, rows) if model.head else rows * hidden * element
    norm = hidden * element if last else 0
    rope = (model.max_position_embeddings or 0) * model.rotary_dim * element
    vision = _over(model.vision_bytes, cut.tensor)
    return exactly(whole + norm + rope + vision) + _layers(cut, layers)


def active(cut: Cut, experts: int) -> int:
    """Return the bytes on one GPU, all stages together, that a decode step reads.

    Its tokens choose `experts` different experts of each layer. The embedding is a look-up and not counted.
    """
    model = cut.model
    known = {id(layer): _fewer(layer, experts) for layer in model.kinds}
    fewer = tuple(known[id(layer)] for layer in model.layers)
    cut = replace(cut, model=replace(model, layers=fewer, kinds=tuple(known.values())))
    head = _over(model.vocab_size or 0, cut.tensor) * (model.hidden_size or 0) * cut.format.element
    return head + _layers(cut, range(len(fewer))).low


def _fewer(layer: Layer, experts: int) -> Layer:
    """Return a layer with so many experts, and its router as it is."""
    if not isinstance(layer.mlp, Experts):
        return layer
    linears = (
        replace(linear, count=min(experts, linear.count)) if linear.part == "experts" else linear
        for linear in layer.linears
    )
    return replace(layer, linears=tuple(linears))


def _layers(cut: Cut, layers: range) -> Range:
    """Return the bytes of layers; those that are alike are one object, and sized once."""
    alike = Counter(map(id, cut.model.layers[layers.start : layers.stop]))
    sizes = [(alike[id(layer)], _layer(cut, layer)) for layer in cut.model.kinds if id(layer) in alike]
    low = sum(count * size.low for count, size in sizes)
    return Range(low, sum(count * size.high for count, size in sizes))


def _layer(cut: Cut, layer: Layer) -> Range:
    """Return the bytes of one layer on one GPU."""
    rest = layer.plain * cut.format.element + layer.floats * 4
    if isinstance(layer.mixer, LatentAttention):
        rest += _mla_extra(cut, layer, layer.mixer)
    low = high = rest
    for linear in layer.linears:
        least, most = _linear(cut, linear)
        low, high = low + least, high + most
    return Range(low, high)


def _linear(cut: Cut, linear: Linear) -> tuple[int, int]:
    """Return the least and most bytes of a linear on one GPU: its share as it is stored, experts padded."""
    count, ranks = linear.count, cut.tensor
    if linear.part == "experts":
        ranks *= cut.data
        if cut.experts_whole:
            count, ranks = _over(count, ranks), 1
    inputs, outputs = linear.inputs, linear.outputs
    if linear.split == "columns":
        outputs = _share(outputs, linear.units, ranks)
    elif linear.split == "rows":
        inputs = _share(inputs, linear.units, ranks)
    form = linear.stored
    if form is None and cut.format.asked and linear.part in QUANTISED:
        form = cut.format.asked
    bias = outputs * cut.format.element if linear.bias else 0
    low = high = _bytes(cut, form, inputs, outputs)
    if linear.part == "experts" and form is not None and cut.format.padding:
        hidden, width = cut.format.padding
        into, out = (width, hidden) if linear.split == "rows" else (hidden, width)
        low, high = (_bytes(cut, form, _up(inputs, into[side]), _up(outputs, out[side])) for side in (0, 1))
    return count * (low + bias), count * (high + bias)


def _bytes(cut: Cut, form: Stored | None, inputs: int, outputs: int) -> int:
    return form.bytes(inputs, outputs) if form else inputs * outputs * cut.format.element


def _share(size: int, units: int, ranks: int) -> int:
    """Return the largest share of one rank in whole units; a unit may be on several ranks."""
    units = units or size
    return _over(units, ranks) * (size // units)


def _mla_extra(cut: Cut, layer: Layer, mla: LatentAttention) -> int:
    """Return the bytes that a release which caches the latent keeps beside the weights of one block.

    v0.7.1 to v0.7.3 keep absorbed matrices; later releases bf16 copies of W_UK and W_UV
    (facts/memory.yaml, mla).
    """
    if not cut.latent_cache:
        return 0
    hidden, latent, element = cut.model.hidden_size or 0, mla.kv_lora_rank, cut.format.element
    heads = _over(mla.heads, cut.tensor)
    if vllm.at_least(facts.memory().mla.absorbed_until, cut.release):
        into = mla.q_lora_rank or hidden
        rotary = into * heads * mla.qk_rope_head_dim * element
        form = next((linear.stored for linear in layer.linears if linear.part == "attention"), None)
        return _bytes(cut, form, latent, heads * (into + hidden)) + rotary
    return heads * (mla.qk_nope_head_dim + mla.v_head_dim) * latent * element


def _head_on_each(cut: Cut) -> bool:
    since = facts.memory().head_on_last_stage_since.get(cut.model.model_type)
    return since is not None and not vllm.at_least(cut.release, since)


def _over(whole: int, ranks: int) -> int:
    """Return the largest share of one rank; a share of at least one where there is anything."""
    return -(-whole // ranks)


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple
