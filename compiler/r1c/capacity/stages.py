"""A pipeline -> which layers, ranks and nodes each of its stages has."""

from __future__ import annotations

from r1c import facts
from r1c.facts import vllm
from r1c.resolve.plan import Group


def split(layers: int, pipeline: int, release: str) -> tuple[int, ...]:
    """Return the layers of each stage as that sampled release deals them out.

    Up to v0.7.3 the last stage takes the remainder; from v0.8.0 one layer more goes to each stage counted
    backwards from the second-last (facts/memory.yaml, stages).
    """
    each, rest = divmod(layers, pipeline)
    counts = [each] * pipeline
    if not vllm.at_least(release, facts.memory().stages.counted_backwards_since):
        counts[-1] += rest
    else:
        for back in range(rest):
            counts[-2 - back] += 1
    return tuple(counts)


def partition(text: str, layers: int, pipeline: int) -> tuple[int, ...] | None:
    """Read VLLM_PP_LAYER_PARTITION ("31,30"), or None if vLLM would refuse it."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        return None
    counts = tuple(int(part) for part in parts)
    fitting = len(counts) == pipeline and sum(counts) == layers and 0 not in counts
    return counts if fitting else None


def placed(stage: int, group: Group) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the ranks of a stage and the nodes that they are on.

    Ranks fill one node after another: the data parallel copies, in each its stages, in each its context
    and tensor ranks.
    """
    width = group.tensor * group.context
    ranks = tuple(
        (copy * group.pipeline + stage) * width + rank for copy in range(group.data) for rank in range(width)
    )
    return ranks, tuple(sorted({rank // group.gpus_per_node for rank in ranks}))
