"""The conditions of a plan that no measured run has: each makes the ranges of its memory wider."""

from __future__ import annotations

import math
from collections.abc import Iterator

from r1c import facts
from r1c.capacity.settings import Settings
from r1c.facts import vllm
from r1c.facts.model import Architecture, LatentAttention, State
from r1c.record import record
from r1c.resolve.plan import Plan

_SPECULATIVE = ("speculative-config", "speculative-model")


@record
class Conditions:
    """What a plan has and no measured run has, as an entry of a list.

    `layout` concerns NCCL alone: activations do not grow with ranks, and runs with one, two and four agree.
    `others` concern activations and CUDA graphs as well.
    """

    layout: tuple[str, ...]
    others: tuple[str, ...]


def of_plan(plan: Plan, model: Architecture, settings: Settings) -> Conditions:
    """Return what the plan has and no fitted run has.

    Releases of the V1 engine before the first measured one sample by the same code.
    """
    return Conditions(tuple(_layout(plan)), tuple(_others(plan, model, settings)))


def _layout(plan: Plan) -> Iterator[str]:
    group, span = plan.group, facts.memory().measured.span
    if group.nodes > 1:
        yield f"{group.nodes} nodes"
    if group.tensor > span.tensor:
        yield f"{group.tensor} tensor ranks (measured: up to {span.tensor})"
    if group.pipeline > span.pipeline:
        yield f"{group.pipeline} stages (measured: up to {span.pipeline})"


def _others(plan: Plan, model: Architecture, settings: Settings) -> Iterator[str]:
    group, server, span = plan.group, plan.server, facts.memory().measured.span
    if settings.engine == "V0":
        yield "the V0 engine"
    elif not vllm.at_least(span.releases[1], server.release):
        yield f"vLLM {server.version} (measured: up to {span.releases[1]})"
    if plan.platform.compute_capability not in span.capabilities:
        yield plan.platform.gpu_model
    if group.data > 1:
        yield "data parallelism"
    if settings.context_parallel > 1:
        yield "context parallelism"
    if any(isinstance(layer.mixer, State) for layer in model.kinds):
        yield "layers that keep a state"
    if any(isinstance(layer.mixer, LatentAttention) and layer.mixer.index for layer in model.kinds):
        yield "sparse attention"
    if any(server.value(name) is not None for name in _SPECULATIVE):
        yield "speculative decoding"


def factor(conditions: int) -> float:
    """Return how much wider a range is for a number of conditions: their errors add as squares.

    Source: facts/memory.yaml, unmeasured.
    """
    return math.exp(math.log(facts.memory().unmeasured) * math.sqrt(conditions))
