"""R1C662 to R1C666: how a change of the pods reaches the groups."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.check.rule import Rule, rule
from r1c.check.rules.cluster import version
from r1c.diagnostics import Finding, Path, Related, Severity
from r1c.resolve.plan import Plan

SECTION: Path = ("spec", "rollout")


@rule(
    code="R1C662",
    slug="rollout-cannot-move",
    severity=Severity.ERROR,
    title="Rollout that can neither remove nor add a group",
    why="With maxUnavailable 0 a rollout needs one more group, and maxSurge 0 allows none: the LWS webhook "
    "refuses the object (kubernetes-sigs/lws pkg/webhooks/leaderworkerset_webhook.go).",
    example="spec:\n  rollout: {maxUnavailable: 0}\n",
    fix="Write maxSurge: 1 if there are free nodes for a group, else maxUnavailable: 1.",
    fields=("spec.rollout",),
)
def rollout_cannot_move(plan: Plan) -> Iterator[Finding]:
    """Check that one of maxUnavailable and maxSurge is above 0."""
    asked = plan.rollout
    if asked and asked.max_unavailable == 0 and asked.max_surge == 0:
        yield Finding(
            (*SECTION, "maxUnavailable"),
            "maxUnavailable and maxSurge are both 0: a rollout could not replace any group",
            f"write maxSurge: 1 if {plan.nodes_of(1)} more nodes are free during a rollout, else "
            "maxUnavailable: 1",
        )


@rule(
    code="R1C663",
    slug="rollout-partition",
    severity=Severity.ERROR,
    title="Rollout partition not in this LeaderWorkerSet release",
    why="LWS has rolloutStrategy.rollingUpdateConfiguration.partition from v0.7.0 on; a strict apply to an "
    "older one refuses the unknown field (kubernetes-sigs/lws leaderworkerset_types.go at the tags).",
    example="spec:\n  cluster: {lws: v0.6.2}\n  replicas: 2\n  benchmark: {prompts: 1280}\n"
    "  rollout: {partition: 1}\n",
    fix="Upgrade LeaderWorkerSet in the cluster, or remove partition.",
    fields=("spec.rollout.partition", "spec.cluster.lws"),
)
def rollout_partition(plan: Plan) -> Iterator[Finding]:
    """Check cluster.lws for a partition."""
    asked, since = plan.rollout, facts.limits().lws.partition
    have = version(plan.cluster.lws)
    if asked and asked.partition is not None and have and have < (version(since) or ()):
        yield Finding(
            (*SECTION, "partition"),
            f"LWS {plan.cluster.lws} (cluster.lws) has no partition; LWS {since} and newer have it",
            f"install LWS {since} or newer, or remove partition",
            related=(Related("the releases", place=facts.cite("limits", "lws.partition")),),
        )


@rule(
    code="R1C664",
    slug="rollout-keeps-all",
    severity=Severity.HINT,
    title="Rollout partition that excludes every group",
    why="Groups with a number below the partition keep the old pods. At the number of groups or above, a "
    "change of the profile reaches no running group (kubernetes-sigs/lws leaderworkerset_types.go).",
    example="spec:\n  replicas: 2\n  benchmark: {prompts: 1280}\n  rollout: {partition: 2}\n",
    fix="Lower the partition to let the change reach groups, the highest number first.",
    fields=("spec.rollout.partition", "spec.replicas"),
)
def rollout_keeps_all(plan: Plan) -> Iterator[Finding]:
    """Check the partition against the number of groups."""
    asked, groups = plan.rollout, plan.group.replicas
    if asked and asked.partition is not None and groups and asked.partition >= groups:
        yield Finding(
            (*SECTION, "partition"),
            f"partition {asked.partition} keeps the old pods of all {groups} groups"
            if groups > 1
            else f"partition {asked.partition} keeps the old pods of the only group",
            f"write {groups - 1} to let the change reach the last group first",
        )


@rule(
    code="R1C665",
    slug="rollout-takes-all",
    severity=Severity.WARNING,
    title="Rollout that may take down every group at once",
    why="A rollout may take down maxUnavailable groups at a time, and each takes a whole start to come back "
    "(kubernetes-sigs/lws docs, rollout strategy).",
    example="spec:\n  replicas: 2\n  benchmark: {prompts: 1280}\n  rollout: {maxUnavailable: 2}\n",
    fix="Write a maxUnavailable below the number of groups.",
    fields=("spec.rollout.maxUnavailable", "spec.replicas"),
)
def rollout_takes_all(plan: Plan) -> Iterator[Finding]:
    """Check maxUnavailable against the number of groups; a single group has no choice."""
    asked, groups = plan.rollout, plan.group.replicas
    if asked and 1 < groups <= asked.max_unavailable:
        yield Finding(
            (*SECTION, "maxUnavailable"),
            f"a rollout may take down all {groups} groups at once, for up to {plan.ready_seconds // 60} "
            "minutes",
            f"write {groups - 1} or less",
        )


@rule(
    code="R1C666",
    slug="rollout-surge-lws",
    severity=Severity.WARNING,
    title="Surge without unavailable groups on an old LeaderWorkerSet",
    why="Before v0.9.0 LWS removes the surge groups too early, although maxUnavailable does not permit it: "
    "one group too few answers while the last one is still loading (kubernetes-sigs/lws#778, #781).",
    example="spec:\n  cluster: {lws: v0.8.0}\n  rollout: {maxUnavailable: 0, maxSurge: 1}\n",
    fix="Upgrade LeaderWorkerSet in the cluster.",
    fields=("spec.rollout", "spec.cluster.lws"),
)
def rollout_surge_lws(plan: Plan) -> Iterator[Finding]:
    """Check cluster.lws for a rollout that only adds groups."""
    asked, since = plan.rollout, facts.limits().lws.surge_alone
    have = version(plan.cluster.lws)
    if asked and asked.max_unavailable == 0 and asked.max_surge and have and have < (version(since) or ()):
        yield Finding(
            (*SECTION, "maxUnavailable"),
            f"LWS {plan.cluster.lws} (cluster.lws) removes the added group before the last one is ready, "
            "although maxUnavailable is 0",
            f"install LWS {since} or newer",
            related=(Related("the releases", place=facts.cite("limits", "lws.surgeAlone")),),
        )


RULES: tuple[Rule, ...] = (
    rollout_cannot_move,
    rollout_partition,
    rollout_keeps_all,
    rollout_takes_all,
    rollout_surge_lws,
)
