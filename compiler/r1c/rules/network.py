"""R1C5xx: interfaces, NCCL variables and the GPUDirect stack."""

from __future__ import annotations

from r1c.rule import Rule

RULES: tuple[Rule, ...] = ()
