"""A Capacity -> what a GPU's memory is used for: the parts with their ranges, and two bars that show them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from r1c import facts
from r1c.capacity import Capacity
from r1c.capacity.ranges import Range
from r1c.capacity.settings import WHOLE
from r1c.diagnostics.suggest import listed
from r1c.record import record
from r1c.resolve.plan import Plan

Kind = Literal["weights", "other", "activations", "graphs", "cache", "beside", "free"]


@record
class Part:
    """What a part of the memory is for, in words, and its bytes: a range."""

    kind: Kind
    name: str
    size: Range


@record
class Bar:
    """The parts at one end of their ranges, as bytes in the order in which they are drawn.

    `cautious` is the end with the most of everything but the KV cache. Where that is more than the GPU has,
    the sizes add up to more than `total`, and nothing is left for the cache.
    """

    cautious: bool
    sizes: tuple[tuple[Kind, int], ...]

    @property
    def total(self) -> int:
        """Bytes of all parts."""
        return sum(size for _, size in self.sizes)


def bars(capacity: Capacity) -> tuple[Bar, Bar]:
    """Return the bar with the largest KV cache, and the one with the smallest."""
    return _bar(capacity, cautious=False), _bar(capacity, cautious=True)


def parts(capacity: Capacity) -> tuple[Part, ...]:
    """Return the parts with their ranges, the free part last; those that are never there are left out."""
    ends = [dict(bar.sizes) for bar in bars(capacity)]
    found = []
    for kind, name in _names(capacity):
        low, high = sorted(end.get(kind, 0) for end in ends)
        if high:
            found.append(Part(kind, name, Range(low, high)))
    return tuple(found)


def heading(capacity: Capacity) -> str:
    """Say whose memory it is: a GPU of the stage that limits the KV cache."""
    several = (
        f" of stage {capacity.stage.number}, which limits the KV cache" if len(capacity.stages) > 1 else ""
    )
    return f"Memory of a GPU{several}"


def granted(capacity: Capacity) -> str | None:
    """Name the setting that grants vLLM a part of the memory, None where the cache has a size of its own."""
    settings = capacity.settings
    return None if settings.pool is not None else f"gpu-memory-utilization {settings.utilization / WHOLE:g}"


def served(plan: Plan, capacity: Capacity) -> tuple[str, str]:
    """Say how many tokens the KV cache holds, and how many of the longest sequences that is."""
    each = " in each data parallel copy" if plan.group.data > 1 else ""
    low, high = capacity.at_once
    most = f"max-num-seqs {capacity.settings.max_num_seqs}"
    sequences = f"{low:.1f} to {high:.1f} sequences of {capacity.length:,} tokens at the same time ({most})"
    return f"KV cache: {capacity.tokens} tokens{each}", sequences


def remarks(capacity: Capacity) -> Iterator[str]:
    """Yield the sentences that say how far the ranges are to be trusted."""
    judged = facts.memory().measured.judged
    first = "A range is the minimum and the maximum to expect; only a run shows the real figure."
    if capacity.settings.engine == "V1":
        first += (
            f" Of {judged.runs} measured runs that were not used to set the ranges, {judged.inside} had a KV "
            "cache within them (docs/memory.md)."
        )
    yield first
    if capacity.unmeasured:
        yield f"No measured run has {listed(capacity.unmeasured, 'or')}: that makes the ranges wider."


def _names(capacity: Capacity) -> Iterator[tuple[Kind, str]]:
    settings = capacity.settings
    yield "weights", "weights"
    yield "other", "NCCL and CUDA"
    yield "activations", f"activations ({settings.batched_tokens:,} tokens)"
    if settings.graphs_inside:
        yield "graphs", "CUDA graphs"
    yield "cache", "KV cache"
    if not settings.graphs_inside:
        yield "graphs", "CUDA graphs, not granted to vLLM"
    yield "beside", "CUDA and kernels, not granted"
    yield "free", "free"


def _bar(capacity: Capacity, *, cautious: bool) -> Bar:
    def end(range_: Range) -> int:
        return range_.high if cautious else range_.low

    stage = capacity.stage
    pool = max(0, stage.pool.low if cautious else stage.pool.high)
    before: tuple[tuple[Kind, int], ...] = (
        ("weights", end(stage.weights)),
        ("other", end(capacity.non_torch)),
        ("activations", end(stage.activation)),
    )
    graphs: tuple[Kind, int] = ("graphs", end(capacity.graphs))
    cache: tuple[Kind, int] = ("cache", pool)
    rest = (graphs, cache) if capacity.settings.graphs_inside else (cache, graphs)
    found: tuple[tuple[Kind, int], ...] = (*before, *rest, ("beside", end(capacity.beside)))
    used = sum(size for _, size in found)
    return Bar(cautious, (*found, ("free", max(0, capacity.total - used))))
