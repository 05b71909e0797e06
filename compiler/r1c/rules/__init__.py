"""The rules, in the order in which they are run: one module a code family."""

from __future__ import annotations

from r1c.rule import Rule
from r1c.rules import parallelism

RULES: tuple[Rule, ...] = (
    parallelism.tensor_divides_heads,
    parallelism.world_size,
)
