"""A Plan -> the findings of every rule that can be asked."""

from __future__ import annotations

from r1c.diagnostics import Code, Finding, Path
from r1c.plan import Plan
from r1c.rule import Rule
from r1c.rules import RULES

OPEN: tuple[Path, ...] = (
    ("metadata", "labels"),
    ("spec", "network", "nccl"),
    ("spec", "vllm", "args"),
    ("spec", "vllm", "env"),
)
"""Maps whose entries stand for themselves: one that could not be read leaves the others to be checked."""


def check(plan: Plan) -> tuple[tuple[Code, Finding], ...]:
    """Run the rules in order; what was read with doubt is not judged."""
    return tuple(
        (rule.code, finding)
        for rule in RULES
        if _can_ask(rule, plan.doubtful)
        for finding in rule.check(plan)
        if not any(_begins(finding.path, path) for path in plan.doubtful)
    )


def _can_ask(rule: Rule, doubtful: frozenset[Path]) -> bool:
    return not any(_decides(field, path) for field in rule.fields for path in doubtful)


def _decides(field: Path, path: Path) -> bool:
    """Tell whether a rule that reads `field` cannot judge while `path` is in doubt."""
    if any(_begins(path, entries) and path != entries and len(field) <= len(entries) for entries in OPEN):
        return False
    return _begins(field, path) or _begins(path, field)


def _begins(path: Path, start: Path) -> bool:
    return path[: len(start)] == start
