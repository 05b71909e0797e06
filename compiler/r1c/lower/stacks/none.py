"""No GPUDirect: a group of one node, whose GPUs talk over NVLink; only the node's NVIDIA directory is
mounted.
"""

from __future__ import annotations

from r1c.lower.gpudirect_stack import Stack, libraries
from r1c.resolve.plan import Plan


def stack(plan: Plan) -> Stack:
    """Return the one mount that every GPU pod on GKE needs."""
    mount, volume = libraries(plan)
    return Stack(mounts=[mount], volumes=[volume])
