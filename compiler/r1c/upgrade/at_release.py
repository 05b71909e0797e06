"""A plan and a vLLM release -> the same plan with that release, and what runs it there."""

from __future__ import annotations

from r1c.facts import vllm, vllm_metrics
from r1c.record import replace
from r1c.resolve.plan import Plan
from r1c.resolve.server import Argument, Executor


def at(plan: Plan, release: str) -> Plan:
    """Return a plan with another sampled release; what other fields take from the version stays."""
    arguments = tuple(
        Argument(item.name, item.meant, item.value, vllm.flag("serve", item.meant, release))
        for item in plan.server.arguments
    )
    server = replace(
        plan.server,
        version=release,
        release=release,
        arguments=arguments,
        executor=executor(plan, release),
    )
    return replace(plan, server=server)


def executor(plan: Plan, release: str) -> Executor:
    """Return how the ranks of several nodes find each other in a sampled release."""
    chosen = plan.server.executor in ("ray", "native") and plan.server.executor_asked == "auto"
    if not chosen:
        return plan.server.executor
    return "ray" if vllm.ray_in_image(release) else "native"


def engines(plan: Plan, release: str) -> tuple[str, ...]:
    """Return the engines that may run in a sampled release: v0, v1 or both."""
    return vllm_metrics.engines_of(release, plan.server.env)


def moved(plan: Plan, version: str | None) -> Plan:
    """Return a plan with another vLLM version, None for its own, though a rule may refuse it there."""
    release = vllm.sampled(version) if version else None
    if release is None or version is None:
        return plan
    there = at(plan, release)
    return replace(there, server=replace(there.server, version=version))
