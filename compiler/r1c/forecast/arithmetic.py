"""Arithmetic: the seconds in which a GPU computes a pass, at its peak."""

from __future__ import annotations

from r1c.facts.model import Architecture, Attention, Experts, LatentAttention, Layer
from r1c.facts.performance import BF16
from r1c.forecast.serving import Serving


def of_weights(serving: Serving, tokens: float) -> float:
    """Return the seconds for the products with the weights: two operations for each active weight."""
    cut = serving.cut
    operations = 2 * _active(cut.model) * tokens / cut.tensor
    return operations / serving.gpu.operations(cut.format.method)


def of_attention(serving: Serving, tokens: float) -> float:
    """Return the seconds for a prompt's attention, in bf16: each token with those before it that it sees."""
    cut = serving.cut
    operations = sum(_attention(layer, tokens) for layer in cut.model.layers) / cut.tensor
    return operations / serving.gpu.arithmetic[BF16]


def _active(model: Architecture) -> int:
    """Return the weights that a token is multiplied with, its experts and the head included."""
    head = (model.vocab_size or 0) * (model.hidden_size or 0)
    return head + sum(map(_of_layer, model.layers))


def _of_layer(layer: Layer) -> int:
    chosen = layer.mlp.num_experts_per_tok if isinstance(layer.mlp, Experts) else 0
    return layer.plain + sum(
        linear.inputs * linear.outputs * (chosen if linear.part == "experts" else linear.count)
        for linear in layer.linears
    )


def _attention(layer: Layer, tokens: float) -> float:
    """Return the operations of a layer's attention; those of a layer with a state are negligible."""
    mixer, seen = layer.mixer, tokens
    if isinstance(mixer, LatentAttention):
        width = mixer.qk_nope_head_dim + mixer.qk_rope_head_dim + mixer.v_head_dim
    elif isinstance(mixer, Attention):
        width = mixer.head_dim + mixer.value_dim
        seen = min(tokens, mixer.window or tokens)
    else:
        return 0.0
    pairs = seen * (tokens - seen / 2)
    return 2 * pairs * mixer.heads * width
