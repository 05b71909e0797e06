"""R1C9xx: the benchmark."""

from __future__ import annotations

from r1c.rule import Rule

RULES: tuple[Rule, ...] = ()
