"""R1C8xx: the image and Cloud Build."""

from __future__ import annotations

from r1c.rule import Rule

RULES: tuple[Rule, ...] = ()
