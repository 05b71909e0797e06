"""A Plan -> the findings of every rule that applies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c.check.rule import Rule
from r1c.check.rules import BLOCKS, RULES, of_block
from r1c.diagnostics import Code, Finding, Path
from r1c.profile.paths import ARGS, ENV, NCCL
from r1c.resolve.plan import Plan

OPEN: tuple[Path, ...] = (("metadata", "labels"), NCCL, ARGS, ENV)
"""Maps whose entries are independent: if one cannot be read, the others are still checked."""


_RANGE = "R1C432"
_NOT_A_VALUE = frozenset({"R1C408", "R1C409", "R1C433", "R1C435"})
"""Codes of values that the release's command line or its configuration classes refuse."""


def check(plan: Plan, more: Sequence[Rule] = ()) -> tuple[tuple[Code, Finding], ...]:
    """Run the rules in order, and `more` after them; what was read with doubt is not judged."""
    found = tuple(
        (rule.code, finding)
        for rule in applicable(plan, more)
        for finding in rule.check(plan)
        if not in_doubt(finding, plan)
    )
    return _once(found)


def _once(found: tuple[tuple[Code, Finding], ...]) -> tuple[tuple[Code, Finding], ...]:
    """Leave out a range for a value that cannot be read at all: one fault has one report."""
    refused = {finding.path for code, finding in found if code.id in _NOT_A_VALUE}
    if not refused:
        return found
    return tuple(item for item in found if item[0].id != _RANGE or item[1].path not in refused)


def applicable(plan: Plan, more: Sequence[Rule] = ()) -> tuple[Rule, ...]:
    """Return the rules in order, and `more` after them, without those that read what is in doubt."""
    blocks = [name for name in BLOCKS if getattr(plan, name) is not None]
    rules = (*RULES, *(rule for name in blocks for rule in of_block(name)), *more)
    if not plan.doubtful:
        return rules
    deepest = max(len(field) for rule in rules for field in rule.fields)
    above = frozenset(
        start for path in plan.doubtful for start in _starts(path, deepest) if _decides(start, path)
    )
    return tuple(
        rule
        for rule in rules
        if not any(field in above or _is_below(field, plan.doubtful) for field in rule.fields)
    )


def in_doubt(finding: Finding, plan: Plan) -> bool:
    """Tell whether a finding is about what was read with doubt."""
    return bool(plan.doubtful) and _is_below(finding.path, plan.doubtful)


def _decides(field: Path, path: Path) -> bool:
    """Tell whether a rule that reads `field`, which holds `path`, cannot judge while `path` is in doubt."""
    return not any(path[: len(entries)] == entries != path and len(field) <= len(entries) for entries in OPEN)


def _is_below(path: Path, doubtful: frozenset[Path]) -> bool:
    return any(start in doubtful for start in _starts(path))


def _starts(path: Path, most: int | None = None) -> Iterator[Path]:
    """Yield a path and all above it, of those with at most so many parts."""
    return (path[:length] for length in range(len(path[:most]) + 1))
