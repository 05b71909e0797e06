"""The GPUDirect stacks by the name that a platform gives: one module each, imported for its recipes."""

from __future__ import annotations

from r1c.diagnostics import InternalError
from r1c.lower.gpudirect_stack import Stack, libraries
from r1c.resolve.plan import Plan


def stack_of(plan: Plan) -> Stack:
    """Return what the plan's stack adds to a pod."""
    name = plan.gpudirect.stack
    if name == "tcpxo":
        from r1c.lower.stacks import tcpxo

        return tcpxo.stack(plan)
    if name == "gib":
        from r1c.lower.stacks import gib

        return gib.stack(plan)
    if name == "tcpx":
        from r1c.lower.stacks import tcpx

        return tcpx.stack(plan)
    if name == "none":  # a group of one node: its GPUs talk over NVLink
        mount, volume = libraries(plan)
        return Stack(mounts=[mount], volumes=[volume])
    raise InternalError(f"no module makes the GPUDirect stack {name}")
