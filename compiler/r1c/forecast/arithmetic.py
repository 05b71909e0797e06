"""Arithmetic: the seconds in which a GPU computes a pass, at its peak."""

from __future__ import annotations

from functools import lru_cache

from r1c.capacity import weights
from r1c.facts.model import PARTS, Architecture
from r1c.facts.performance import BF16
from r1c.forecast.serving import Serving

_COUNT = weights.Format("count", (1, 1), PARTS, True, 1, None)
"""A format in which each weight has one byte, so that bytes are weights."""


def of_weights(serving: Serving, tokens: float) -> float:
    """Return the seconds for the products with the weights: two operations for each active weight."""
    cut = serving.cut
    operations = 2 * _active(cut.model, cut.release) * tokens / cut.tensor
    return operations / serving.gpu.operations(cut.format.method)


def of_attention(serving: Serving, tokens: float) -> float:
    """Return the seconds for a prompt's attention, in bf16.

    Each token with those before it, in each layer without a window.
    """
    model = serving.cut.model
    mixed = model.interleaved_attention
    layers = mixed.global_layers if mixed is not None and mixed.window else model.num_hidden_layers
    width = model.num_attention_heads * model.head_dim
    operations = 2 * tokens * tokens * width * layers / serving.cut.tensor
    return operations / serving.gpu.arithmetic[BF16]


@lru_cache(maxsize=64)
def _active(model: Architecture, release: str) -> int:
    chosen = model.moe.num_experts_per_tok if model.moe else 0
    cut = weights.Cut(model, _COUNT, 1, 1, experts_whole=False, release=release, latent_cache=True)
    return weights.active(cut, chosen)
