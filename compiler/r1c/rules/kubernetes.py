"""R1C6xx: names, labels, and what LWS and the API server refuse."""

from __future__ import annotations

from r1c.rule import Rule

RULES: tuple[Rule, ...] = ()
