"""R1C7xx: the bucket, mount paths, and secrets."""

from __future__ import annotations

from r1c.rule import Rule

RULES: tuple[Rule, ...] = ()
