"""The rules, in the order in which they are run: one module a code family."""

from __future__ import annotations

from importlib import import_module

from r1c.check.rule import Rule
from r1c.check.rules import (
    benchmark,
    build,
    dranet,
    kubernetes,
    memory,
    network,
    parallelism,
    server,
    storage,
)
from r1c.profile.paths import OPTIONAL

RULES: tuple[Rule, ...] = (
    *parallelism.RULES,
    *memory.RULES,
    *server.RULES,
    *network.RULES,
    *dranet.RULES,
    *kubernetes.RULES,
    *storage.RULES,
    *build.RULES,
    *benchmark.RULES,
)

BLOCKS = ("model_source", *OPTIONAL)
"""The optional blocks of the profile that have rules: the names of their fields in the plan, and of the
modules of their rules.
"""


def of_block(name: str) -> tuple[Rule, ...]:
    """Return the rules of an optional block, which are imported only where a profile has it."""
    rules: tuple[Rule, ...] = import_module(f"r1c.check.rules.{name}").RULES
    return rules


def every() -> tuple[Rule, ...]:
    """Return all rules, also those of optional blocks."""
    return (*RULES, *(rule for name in BLOCKS for rule in of_block(name)))
