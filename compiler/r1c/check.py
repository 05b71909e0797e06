"""A Plan -> the findings of every rule that can be asked."""

from __future__ import annotations

from r1c.diagnostics import Code, Finding, Path
from r1c.plan import Plan
from r1c.rule import Rule
from r1c.rules import RULES


def check(plan: Plan) -> tuple[tuple[Code, Finding], ...]:
    """Run the rules in order; a rule that reads a doubtful field is passed over."""
    return tuple(
        (rule.code, finding)
        for rule in RULES
        if _can_ask(rule, plan.doubtful)
        for finding in rule.check(plan)
    )


def _can_ask(rule: Rule, doubtful: frozenset[Path]) -> bool:
    return not any(_overlap(field, path) for field in rule.fields for path in doubtful)


def _overlap(field: Path, path: Path) -> bool:
    shorter = min(len(field), len(path))
    return field[:shorter] == path[:shorter]
