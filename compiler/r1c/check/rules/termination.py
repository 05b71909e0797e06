"""R1C640 to R1C643: the time that a deleted pod has for its requests."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Related, Remove, Severity, unsafe
from r1c.resolve.plan import Plan
from r1c.resolve.termination import ENDPOINTS_SECONDS, EXIT_SECONDS, termination_of

GRACE: Path = ("spec", "scheduling", "terminationGracePeriodSeconds")
SHORTEST_SECONDS = 60
"""With fewer seconds only short answers finish."""

_FIELD = "spec.scheduling.terminationGracePeriodSeconds"
_SPENT = f"{ENDPOINTS_SECONDS} s for Services to drop the pod and {EXIT_SECONDS} s for its processes to exit"


@rule(
    code="R1C640",
    slug="grace-period-short",
    severity=Severity.WARNING,
    title="Grace period too short to finish requests",
    why="A deleted pod finishes its requests within the grace period, except for "
    f"{ENDPOINTS_SECONDS} s until Services and load balancers drop the pod and {EXIT_SECONDS} s in which "
    "its processes exit. Longer answers are cut off (evidence.md, scheduling).",
    example="spec:\n  scheduling:\n    terminationGracePeriodSeconds: 30\n",
    fix="Write the time of your longest answer plus 45 s, or remove the field to use 600 s.",
    fields=(_FIELD,),
    edits="unsafe",
)
def grace_period_short(plan: Plan) -> Iterator[Finding]:
    """Check the time that the grace period leaves for requests."""
    grace = plan.scheduling.grace_seconds
    left = max(0, grace - ENDPOINTS_SECONDS - EXIT_SECONDS)
    if left < SHORTEST_SECONDS:
        yield Finding(
            GRACE,
            f"a deleted pod has {left} s to finish its requests: {grace} s minus {_SPENT}",
            "write 300 or more, or remove the field to use 600",
            edit=unsafe(Remove(GRACE)),
        )


@rule(
    code="R1C641",
    slug="shutdown-timeout-long",
    severity=Severity.WARNING,
    title="shutdown-timeout is longer than the grace period",
    why="vLLM may take this long to finish requests after SIGTERM, but Kubernetes kills it when the grace "
    "period ends (vLLM docs, --shutdown-timeout).",
    example="spec:\n  vllm:\n    version: v0.20.0\n    args:\n      shutdown-timeout: 900\n",
    fix="Remove shutdown-timeout, which r1c then sets from the grace period, or make the grace period "
    "longer.",
    fields=("spec.vllm.args", _FIELD),
    edits="unsafe",
)
def shutdown_timeout_long(plan: Plan) -> Iterator[Finding]:
    """Check a shutdown-timeout in the profile against the grace period."""
    argument, most = (
        plan.server.argument("shutdown-timeout"),
        termination_of(plan).draining - ENDPOINTS_SECONDS,
    )
    if argument and isinstance(argument.value, int) and argument.value > most:
        yield Finding(
            argument.path,
            f"vLLM may take {argument.value} s to finish requests, but only {most} s of the "
            f"{plan.scheduling.grace_seconds} s grace period are for that: the rest is {_SPENT}",
            "remove shutdown-timeout, which r1c then sets from the grace period, or write "
            f"terminationGracePeriodSeconds: {argument.value + ENDPOINTS_SECONDS + EXIT_SECONDS}",
            edit=unsafe(Remove(argument.path)),
        )


@rule(
    code="R1C642",
    slug="grace-period-long",
    severity=Severity.HINT,
    title="Grace period longer than a node waits",
    why="When the cluster autoscaler removes a node, it gives pods 10 minutes; GKE gives them one hour "
    "before maintenance, and a Spot node is gone within half a minute. A group that is preempted or "
    "replaced holds its GPUs until its last request is answered (evidence.md, scheduling).",
    example="spec:\n  scheduling:\n    terminationGracePeriodSeconds: 1800\n",
    fix="Write 600 or less, unless no autoscaler removes these nodes.",
    fields=(_FIELD, "spec.scheduling.queue"),
)
def grace_period_long(plan: Plan) -> Iterator[Finding]:
    """Check the grace period against the time that a node waits."""
    grace, limits = plan.scheduling.grace_seconds, facts.limits().grace_period
    if grace <= limits.autoscaler:
        return
    message = f"the cluster autoscaler gives pods {limits.autoscaler} s when it removes a node"
    if grace > limits.node:
        message += f", and GKE {limits.node:,} s before maintenance"
    message += f": a longer grace period ({grace:,} s) is cut short"
    if plan.scheduling.queue:
        message += f"; a group that Kueue preempts may hold its {plan.group.gpus} GPUs for the whole time"
    yield Finding(
        GRACE,
        message,
        f"write {limits.autoscaler} or less, or keep it if no autoscaler removes these nodes",
        related=(Related("the limits", place=facts.cite("limits", "gracePeriod")),),
    )


@rule(
    code="R1C643",
    slug="requests-not-counted",
    severity=Severity.HINT,
    title="A deleted pod cannot tell whether requests are running",
    why="With disable-log-stats the server's /metrics does not count requests, so a deleted pod waits for "
    "the whole time that it has for them, even if it is idle (vLLM, v1/metrics/loggers.py).",
    example="spec:\n  vllm:\n    args:\n      disable-log-stats: true\n",
    fix="Remove disable-log-stats, or shorten scheduling.terminationGracePeriodSeconds.",
    fields=("spec.vllm", _FIELD),
    edits="unsafe",
)
def requests_not_counted(plan: Plan) -> Iterator[Finding]:
    """Check disable-log-stats."""
    argument = plan.server.argument("disable-log-stats")
    if argument and argument.value is True:
        yield Finding(
            argument.path,
            "without statistics a deleted pod cannot see whether requests are running: it waits "
            f"{termination_of(plan).serving} s, even if it is idle",
            "remove disable-log-stats",
            edit=unsafe(Remove(argument.path)),
        )


RULES: tuple[Rule, ...] = (
    grace_period_short,
    shutdown_timeout_long,
    grace_period_long,
    requests_not_counted,
)
