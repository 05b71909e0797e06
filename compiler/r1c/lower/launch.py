"""How the pods of a group start the server: command, arguments and what the leader alone has, by executor."""

from __future__ import annotations

from dataclasses import dataclass

from r1c.lower.escape import literal
from r1c.lower.flags import serve
from r1c.plan import Plan
from r1c.templates import render


@dataclass(frozen=True, slots=True)
class Launch:
    """A container's command and args."""

    command: list[str]
    args: list[str]


def leader(plan: Plan) -> Launch:
    """Return how the leader starts: it forms the group, then becomes the server."""
    arguments = [literal(argument) for argument in serve(plan)]
    if plan.server.executor == "single":
        return Launch(["vllm", "serve"], arguments)
    script = render(f"launch/{plan.server.executor}_leader.sh.j2")
    return Launch(["bash", "-c", script, "leader"], arguments)


def worker(plan: Plan) -> Launch:
    """Return how a worker starts: it joins the leader for as long as the pod lives."""
    script = render(f"launch/{plan.server.executor}_worker.sh.j2", timeout=plan.startup_seconds)
    if plan.server.executor == "native":
        # Every node parses the same command line, so both sides are built from one list (failures.md,
        # PAR012).
        return Launch(["bash", "-c", script, "worker"], [literal(argument) for argument in serve(plan)])
    return Launch(["bash", "-c", script, "worker"], [])
