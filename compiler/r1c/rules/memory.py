"""R1C3xx: whether weights, activations and KV cache fit into the GPUs."""

from __future__ import annotations

from r1c.rule import Rule

RULES: tuple[Rule, ...] = ()
