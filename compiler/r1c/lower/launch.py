"""How the pods of a group start the server: command, arguments and what the leader alone has, by executor."""

from __future__ import annotations

from typing import Literal

from r1c.lower.flags import serve
from r1c.lower.gpudirect_stack import SHELL
from r1c.lower.templates import render
from r1c.lower.templates.escape import literal
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.resolve.rendezvous import DATA_PARALLEL_PORT, FORMING_PORT, FORMING_SECONDS


@record
class Launch:
    """A container's command and args."""

    command: list[str]
    args: list[str]


def leader(plan: Plan) -> Launch:
    """Return how the leader starts: it forms the group, then becomes the server."""
    arguments = [literal(argument) for argument in serve(plan)]
    if plan.server.executor == "single":
        return Launch(["vllm", "serve"], arguments)
    return Launch([*SHELL, _script(plan, "leader"), "leader"], arguments)


def worker(plan: Plan) -> Launch:
    """Return how a worker starts: it joins the leader for as long as the pod lives.

    Without Ray every node parses the command line itself, so both sides get the same one (evidence.md,
    PAR012).
    """
    arguments = [] if plan.server.executor in ("ray", "single") else serve(plan)
    return Launch([*SHELL, _script(plan, "worker"), "worker"], [literal(argument) for argument in arguments])


def _script(plan: Plan, role: Literal["leader", "worker"]) -> str:
    own = {name: value for name, value in plan.server.env.items() if name.startswith("NCCL_")}
    return render(
        f"launch/{plan.server.executor}_{role}.sh.j2",
        script=plan.gpudirect.script,
        overrides={**plan.network.overrides, **own},
        gate=FORMING_PORT,
        timeout=FORMING_SECONDS,
        local=plan.group.data // plan.group.nodes,
        port=DATA_PARALLEL_PORT,
    )
