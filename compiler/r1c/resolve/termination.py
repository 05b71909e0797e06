"""A Plan -> how the grace period of its pods is spent: serving on, finishing requests, and ending."""

from __future__ import annotations

from r1c.facts import vllm
from r1c.record import record
from r1c.resolve.plan import Plan

ENDPOINTS_SECONDS = 15
"""How long Services and load balancers may send requests to a pod that is deleted; they are served."""

EXIT_SECONDS = 30
"""How long the processes have from SIGTERM, or from the end of vLLM's own draining, to SIGKILL."""

SHUTDOWN = "shutdown-timeout"


@record
class Termination:
    """How the grace period of a pod is spent, in seconds.

    `draining` is what it has for requests at most. Of these the leader serves for `serving`, while
    there are any; then vLLM refuses new ones and finishes those that run, for `finishing`.
    """

    draining: int
    finishing: int

    @property
    def serving(self) -> int:
        """Seconds that the preStop hook of the leader takes at most."""
        return self.draining - self.finishing


def termination_of(plan: Plan) -> Termination:
    """Split the grace period.

    vLLM finishes requests after SIGTERM from v0.18.0 on, if it has one API server: several end at once, and
    data parallel groups have one for each rank (vLLM v0.18.0 and v0.32.0, entrypoints/cli/serve.py,
    run_multi_api_server). The halves are equal, so that a request of up to half the time is never cut, even
    where clients with open connections keep sending new ones.
    """
    draining = max(0, plan.scheduling.grace_seconds - EXIT_SECONDS)
    asked = plan.server.value(SHUTDOWN)
    if isinstance(asked, int):
        return Termination(draining, min(max(0, asked), draining))
    finishes = (
        vllm.flag("serve", SHUTDOWN, plan.server.release) is not None
        and plan.server.executor != "data"
        and plan.server.value("api-server-count") in (None, 1)
    )
    return Termination(draining, draining // 2 if finishes else 0)
