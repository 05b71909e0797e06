"""How the pods of a group end: the leader answers its requests, and the workers stay until it is done."""

from __future__ import annotations

from typing import Any

from r1c.lower.templates import render
from r1c.resolve.plan import Plan
from r1c.resolve.termination import ENDPOINTS_SECONDS, SHUTDOWN, termination_of


def flags(plan: Plan) -> list[str]:
    """Return the flag by which vLLM finishes requests after SIGTERM, unless vllm.args has it."""
    seconds = termination_of(plan).finishing
    return [f"--{SHUTDOWN}={seconds}"] if seconds and plan.server.argument(SHUTDOWN) is None else []


def leader(plan: Plan) -> dict[str, Any]:
    """Return the lifecycle of the leader's server container."""
    seconds = [str(termination_of(plan).serving), str(ENDPOINTS_SECONDS)]
    return _pre_stop("termination/leader.j2", str(plan.service.port), *seconds)


def worker(plan: Plan) -> dict[str, Any]:
    """Return the lifecycle of a worker's server container."""
    return _pre_stop("termination/worker.j2", str(plan.service.port), str(termination_of(plan).draining))


def _pre_stop(script: str, *arguments: str) -> dict[str, Any]:
    # The kubelet expands no $(NAME) in a hook, unlike in command and args: nothing is escaped.
    return {"preStop": {"exec": {"command": ["python3", "-c", render(script), *arguments]}}}
