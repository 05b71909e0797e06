"""The alert rules of a recipe: PromQL over the metrics that its vLLM release has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from r1c.facts import vllm_metrics
from r1c.facts.vllm_metrics import Need
from r1c.resolve.monitoring import Monitoring
from r1c.resolve.plan import Plan

RECIPE, SET, GROUP = "recipe", "leaderworkerset", "group"
"""The labels that a scrape adds: the recipe's name, which overlays keep, the name of the LeaderWorkerSet,
which they may change, and the number of the group.
"""

_OF_SET = f"by (namespace, {SET})"
_OF_GROUP = f"by (namespace, {SET}, {GROUP})"


def rules(plan: Plan, asked: Monitoring) -> list[dict[str, Any]]:
    """Return the alerting rules, the gravest first."""
    return [*_availability(plan), *_load(plan), *_latency(plan, asked)]


def metric(plan: Plan, need: Need) -> str | None:
    """Return the metric that serves a need in the plan's release, None if it has none."""
    return vllm_metrics.name(need, plan.server.version, plan.server.env)


def selected(plan: Plan, name: str) -> str:
    """Return a metric's series of this recipe."""
    return f'{name}{{{RECIPE}="{plan.name}"}}'


def quantile(plan: Plan, family: str, at: float, over: str) -> str:
    """Return the quantile of a histogram over all groups."""
    buckets = selected(plan, f"{family}_bucket")
    return f"histogram_quantile(\n  {at:g}, sum by (namespace, {SET}, le) (rate({buckets}[{over}]))\n)"


def _availability(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield what `up` says: it is 1 while the leader answers, 0 while it loads, and absent without a pod."""
    when, groups = vllm_metrics.alerts(), plan.group.replicas
    up = selected(plan, "up")
    # A pod that is gone has no series: the set counts as 0 as long as it had one before.
    known = f"0 * count {_OF_SET} (present_over_time({up}[{when.history}]))"
    answering = f"(\n  sum {_OF_SET} ({up})\n  or {known}\n)"
    if groups:
        yield _alert(
            "VllmDown",
            f"{answering} == 0\nor absent(present_over_time({up}[{when.history}]))",
            when.down,
            "critical",
            f"No group of {plan.name} answers",
            "Every request fails. A group that starts again needs up to "
            f"{plan.ready_seconds // 60} minutes: RUNBOOK.md, step 7, shows what it waits for.",
        )
    if groups > 1:
        yield _alert(
            "VllmGroupNotReady",
            f"{answering} < {groups}",
            f"{plan.ready_seconds // 60}m",
            "warning",
            f"{plan.name} has fewer than {groups} groups that answer",
            f"A group has not become ready within {plan.ready_seconds // 60} minutes, the longest start that "
            "its startup probe allows.",
        )
    yield _alert(
        "VllmGroupRestarts",
        f"resets(sum {_OF_GROUP} ({up})[{when.history}:1m]) >= {when.restarts}",
        "0s",
        "warning",
        f"A group of {plan.name} restarts again and again",
        f"Group {{{{ $labels.{GROUP} }}}} stopped answering {when.restarts} times or more in {when.history}. "
        "LWS recreates the whole group when one of its pods fails.",
    )


def _load(plan: Plan) -> Iterator[dict[str, Any]]:
    when = vllm_metrics.alerts()
    waiting, cache = metric(plan, "waiting"), metric(plan, "kvCache")
    preemptions = metric(plan, "preemptions")
    if waiting:
        queue = f"sum {_OF_SET} ({selected(plan, waiting)})[{when.queue}:1m]"
        yield _alert(
            "VllmQueueGrows",
            f"min_over_time({queue}) > 0\nand deriv({queue}) > 0",
            when.queue_for,
            "warning",
            f"The queue of {plan.name} grows",
            f"Requests have waited for {when.queue} without a break, and more and more of them: more arrive "
            "than the groups finish. Add a group, or limit the clients.",
        )
    if cache:
        yield _alert(
            "VllmKvCacheFull",
            f"max {_OF_GROUP} ({selected(plan, cache)}) > {when.kv_cache_full:g}",
            when.sustained,
            "warning",
            f"The KV cache of a group of {plan.name} is full",
            f"Group {{{{ $labels.{GROUP} }}}} uses {{{{ $value | humanizePercentage }}}} of its KV cache: "
            "new requests wait until others end.",
        )
    if preemptions:
        rate = f"rate({selected(plan, preemptions)}[{when.rate}])"
        yield _alert(
            "VllmPreemptions",
            f"sum {_OF_GROUP} ({rate}) > {when.preemptions_per_second:g}",
            when.sustained,
            "warning",
            f"A group of {plan.name} preempts requests",
            f"Group {{{{ $labels.{GROUP} }}}} drops requests out of its KV cache and computes them again. "
            "Lower max-num-seqs, or add a group.",
        )


def _latency(plan: Plan, asked: Monitoring) -> Iterator[dict[str, Any]]:
    when = vllm_metrics.alerts()
    targets: tuple[tuple[Need, float | None, str, str], ...] = (
        ("ttft", asked.ttft_ms, "VllmTtftOverTarget", "time to the first token"),
        ("tpot", asked.tpot_ms, "VllmTpotOverTarget", "time per output token"),
    )
    for need, target, name, words in targets:
        family = metric(plan, need)
        if family and target is not None:
            yield _alert(
                name,
                f"{quantile(plan, family, when.quantile, when.rate)} > {target / 1000:g}",
                when.sustained,
                "warning",
                f"The {words} of {plan.name} is over its target",
                f"{when.quantile:.0%} are below {{{{ $value | humanizeDuration }}}}; the "
                f"target is {target:g} ms.",
            )


def _alert(  # noqa: PLR0913, PLR0917  # the fields of a rule
    name: str, expr: str, for_: str, severity: str, summary: str, description: str
) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expr,
        "for": for_,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description},
    }
