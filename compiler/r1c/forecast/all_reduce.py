"""All-reduce: how often the GPUs of a tensor parallel group add up their results, and how much they move."""

from __future__ import annotations

from r1c.facts import performance
from r1c.forecast.serving import Serving


def count(serving: Serving) -> int:
    """Return the all-reduces of a pass inside a node: one after each mixer, one after each MLP."""
    if serving.cut.tensor == 1:
        return 0
    layers = serving.cut.model.layers
    return sum((layer.mixer is not None) + (layer.mlp is not None) for layer in layers)


def volume(serving: Serving, tokens: float) -> float:
    """Return the seconds in which NVLink moves the hidden states of a pass at its peak, as a ring does."""
    tensor = serving.cut.tensor
    return count(serving) * _size(serving, tokens) * 2 * (tensor - 1) / tensor / serving.gpu.link


def across(serving: Serving, tokens: float) -> float:
    """Return the seconds that a pass spends between nodes.

    An all-reduce for each inside one, if the tensor parallel group crosses nodes, and the hidden states from
    stage to stage.
    """
    measured = performance.across_nodes()
    each = measured.seconds + _size(serving, tokens) / measured.bytes_per_second
    times = count(serving) if serving.across else 0
    return (times + serving.pipeline - 1) * each


def _size(serving: Serving, tokens: float) -> float:
    return tokens * (serving.cut.model.hidden_size or 0) * serving.cut.format.element
