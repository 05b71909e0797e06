"""Memory bandwidth: the seconds in which a GPU reads what a pass needs, at its peak."""

from __future__ import annotations

from r1c.capacity import weights
from r1c.forecast import routing
from r1c.forecast.serving import Serving


def of_weights(serving: Serving, tokens: float) -> float:
    """Return the seconds to read the weights for a pass of a number of tokens, all stages together."""
    experts = routing.chosen(serving.cut.model, tokens * serving.cut.data)
    return weights.active(serving.cut, experts) / serving.gpu.bandwidth


def of_cache(serving: Serving, sequences: float, context: float) -> float:
    """Return the seconds for the KV cache of sequences; a layer with a window reads no more than that."""
    each = sum(layer.token * min(context, layer.window or context) + layer.state for layer in serving.cache)
    return sequences * each / serving.gpu.bandwidth
