"""R1C4xx: the vLLM version, its flags, its environment variables and its executor."""

from __future__ import annotations

from r1c.rule import Rule

RULES: tuple[Rule, ...] = ()
