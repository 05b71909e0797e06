"""The rules, in the order in which they are run: one module a code family."""

from __future__ import annotations

from r1c.check.rule import Rule
from r1c.check.rules import (
    benchmark,
    build,
    kubernetes,
    memory,
    network,
    parallelism,
    server,
    storage,
)

RULES: tuple[Rule, ...] = (
    *parallelism.RULES,
    *memory.RULES,
    *server.RULES,
    *network.RULES,
    *kubernetes.RULES,
    *storage.RULES,
    *build.RULES,
    *benchmark.RULES,
)
