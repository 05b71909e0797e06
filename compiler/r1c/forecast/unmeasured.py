"""The conditions of a plan and a load that no measured point has: each makes the range wider."""

from __future__ import annotations

import math
from collections.abc import Iterator

from r1c.capacity import Capacity
from r1c.facts import performance, vllm
from r1c.forecast.load import Load
from r1c.forecast.serving import Serving
from r1c.resolve.plan import Plan

_SPECULATIVE = ("speculative-config", "speculative-model")


def known(serving: Serving) -> bool:
    """Tell whether some point has the model with such weights on such a GPU."""
    cut = serving.cut
    return (cut.model.id, serving.gpu.name, cut.format.method) in performance.fit().measured


def of_plan(plan: Plan, capacity: Capacity) -> Iterator[str]:
    """Name what the plan has and no point has, as an entry of a list."""
    group, server = plan.group, plan.server
    if group.nodes > 1:
        yield f"{group.nodes} nodes"
    if group.pipeline > 1:
        yield "pipeline parallelism"
    if group.data > 1:
        yield "data parallelism"
    if group.context > 1 or capacity.settings.context_parallel > 1:
        yield "context parallelism"
    first, last = performance.fit().span.vllm
    if not vllm.between(server.release, first, last):
        yield f"vLLM {server.version} (measured: {first} to {last})"
    if capacity.settings.eager:
        yield "enforce-eager"
    if capacity.settings.offload:
        yield "cpu-offload-gb"
    if any(server.value(name) is not None for name in _SPECULATIVE):
        yield "speculative decoding"


def of_load(load: Load, at_once: int) -> Iterator[str]:
    """Name what the load has and no point has."""
    span = performance.fit().span
    for what, number, (low, high) in (
        ("tokens in", load.input_len, span.input_len),
        ("tokens out", load.output_len, span.output_len),
        ("requests at once", at_once, span.concurrency),
    ):
        if not low <= number <= high:
            yield f"{number:,} {what} (measured: {low:,} to {high:,})"
    if load.rate is not None:
        yield "a request rate"


def factor(conditions: int) -> float:
    """Return how much wider a range is for a number of conditions: their errors add as squares."""
    return math.exp(math.log(performance.unmeasured_factor()) * math.sqrt(conditions))
