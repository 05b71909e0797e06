"""No GPUDirect, for a group of one node: its GPUs talk over NVLink."""

from __future__ import annotations

from r1c.lower.gpudirect_stack import Stack, libraries
from r1c.resolve.plan import Plan


def stack(plan: Plan) -> Stack:
    """Return the one mount that every GPU pod on GKE needs."""
    mount, volume = libraries(plan)
    return Stack(mounts=[mount], volumes=[volume])
