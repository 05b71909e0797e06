"""R1C660 and R1C661: the budget of disruptions."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Severity
from r1c.resolve.plan import Plan

SECTION: Path = ("spec", "disruption")


@rule(
    code="R1C660",
    slug="budget-of-one-group",
    severity=Severity.HINT,
    title="No disruption budget for one group",
    why="A budget that keeps the only group blocks every drain and node upgrade; one that does not keep it "
    "protects nothing. r1c writes none (Kubernetes documentation, disruption budgets).",
    example="spec:\n  disruption: {}\n",
    fix="Run two groups or more, or accept the hint if only safeToEvict matters.",
    fields=("spec.disruption", "spec.replicas"),
)
def budget_of_one_group(plan: Plan) -> Iterator[Finding]:
    """Check that there are groups to keep."""
    if plan.disruption and plan.group.replicas <= 1:
        groups = "1 group" if plan.group.replicas else "no group"
        yield Finding(
            SECTION,
            f"with {groups} there is no disruption budget: it would block every drain, or protect nothing",
            "write replicas: 2 or more, or accept this hint",
        )


@rule(
    code="R1C661",
    slug="budget-keeps-nothing",
    severity=Severity.ERROR,
    title="Disruption budget that protects no group",
    why="A drain may take maxUnavailable groups at a time. If that is all of them, the budget protects "
    "nothing, and a node upgrade can take the whole server down (Kubernetes documentation, disruption "
    "budgets).",
    example="spec:\n  replicas: 2\n  benchmark: {prompts: 1280}\n  disruption: {maxUnavailable: 2}\n",
    fix="Write a maxUnavailable below the smallest number of groups that the recipe runs.",
    fields=("spec.disruption.maxUnavailable", "spec.replicas"),
)
def budget_keeps_nothing(plan: Plan) -> Iterator[Finding]:
    """Check maxUnavailable against the number of groups."""
    if plan.disruption and 1 < plan.group.replicas <= plan.disruption.max_unavailable:
        yield Finding(
            (*SECTION, "maxUnavailable"),
            f"maxUnavailable is {plan.disruption.max_unavailable}, but the recipe runs {plan.group.replicas} "
            "groups: a drain could take all of them",
            f"write {plan.group.replicas - 1} or less",
        )


RULES: tuple[Rule, ...] = (budget_of_one_group, budget_keeps_nothing)
