"""A Plan -> what a forward pass depends on: the model, how it is cut, and the GPU."""

from __future__ import annotations

from r1c.capacity import Capacity, kv_cache, weights
from r1c.facts import performance
from r1c.facts.model import Attention, Layer
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Cached:
    """What a decode step reads of a layer's cache on one GPU, in bytes.

    `token` for each token of a sequence, of the last `window` ones if there is one, and `state` for each
    sequence.
    """

    token: int
    window: int | None = None
    state: int = 0


@record
class Serving:
    """One group, or one data parallel copy in it.

    `cache` has every layer, those of all stages; `across` tells whether the GPUs of one tensor parallel group
    are on several nodes.
    """

    cut: weights.Cut
    gpu: performance.Gpu
    cache: tuple[Cached, ...]
    pipeline: int = 1
    across: bool = False


def serving(plan: Plan, capacity: Capacity, gpu: performance.Gpu) -> Serving:
    """Return what the passes of a plan depend on."""
    group = plan.group
    return Serving(
        capacity.cut,
        gpu,
        tuple(_cached(layer, capacity) for layer in capacity.cut.model.layers),
        group.pipeline,
        group.tensor > group.gpus_per_pod,
    )


def _cached(layer: Layer, capacity: Capacity) -> Cached:
    settings, mixer = capacity.settings, layer.mixer
    kept = tuple(kv_cache.kept(layer, settings, capacity.cut.tensor))
    return Cached(
        -(-sum(item.token for item in kept) // settings.context_parallel),
        mixer.window if isinstance(mixer, Attention) else None,
        sum(item.page for item in kept if item.kind == "state"),
    )
