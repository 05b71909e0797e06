"""A Plan -> what a forward pass depends on: the model, how it is cut, and the GPU."""

from __future__ import annotations

from r1c.capacity import Capacity, weights
from r1c.facts import performance
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Serving:
    """One group, or one data parallel copy in it.

    `token_bytes` is the KV cache of a token on one GPU, all stages together; `across` tells whether the GPUs
    of one tensor parallel group are on several nodes.
    """

    cut: weights.Cut
    gpu: performance.Gpu
    token_bytes: int
    pipeline: int = 1
    across: bool = False


def serving(plan: Plan, capacity: Capacity, gpu: performance.Gpu) -> Serving:
    """Return what the passes of a plan depend on."""
    group = plan.group
    return Serving(
        capacity.cut,
        gpu,
        sum(stage.cache.token_bytes for stage in capacity.stages),
        group.pipeline,
        group.tensor > group.gpus_per_pod,
    )
