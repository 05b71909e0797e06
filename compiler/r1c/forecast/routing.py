"""Expert routing: which layers route, and how many different experts the tokens of a pass choose."""

from __future__ import annotations

from r1c.facts.model import Architecture, Experts


def layers(model: Architecture) -> int:
    """Return the number of layers that have experts."""
    return sum(isinstance(layer.mlp, Experts) for layer in model.layers)


def chosen(model: Architecture, tokens: float) -> int:
    """Return how many experts of a layer that many tokens choose, if each chooses at random."""
    moe = model.moe
    if moe is None:
        return 0
    share = min(1.0, moe.num_experts_per_tok / moe.n_routed_experts)
    missed: float = (1 - share) ** max(1.0, tokens)
    return round(moe.n_routed_experts * (1 - missed))
