"""Measured runs (tests/capacity/memory/points.csv) -> facts/memory_fit.yaml.

What the V1 engine takes for activations, CUDA graphs and NCCL, as ranges, and how many runs that were not
fitted lie in them.

`python tools/memory_fit.py` writes the file and docs/memory.md. A third of the configurations, chosen by
seed, is only judged, and so are runs of which only the size of the cache was published. Ranges go from the
least to the most of the others, and a fifth beyond on both sides.
"""

from __future__ import annotations

import itertools
import json
import math
import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import memory_points
from memory_points import Point

from r1c.capacity import profile_run
from r1c.capacity.settings import GIB
from r1c.facts import vllm
from r1c.record import record

REPO = Path(__file__).resolve().parent.parent
TARGET = REPO / "compiler" / "r1c" / "facts" / "memory_fit.yaml"
SEED = "r1c"
SOFT = 0.5
"""GiB that are added to both sides before a ratio is taken: small figures are known less well."""
BEYOND, _LEAST = 0.2, 0.05
_STEP = "v0.17.0"
"""The release whose sampler needs less than half of the memory: a Triton kernel in place of sorting."""
_FIRST = "v0.8.0"


@record
class Terms:
    """Copies of the logits in float32 that live at once, before and from the step on."""

    before: float
    since: float


@record
class Coverage:
    """How many points were judged, how many lie inside, and the mean width of their ranges in GiB."""

    points: int
    inside: int
    width: float


@cache
def judged() -> tuple[Point, ...]:
    """Return the points that are never fitted."""
    whole = sorted({point.configuration for point in memory_points.used() if _is_whole(point)})
    chosen = random.Random(SEED).sample(whole, len(whole) // 3)  # noqa: S311  # no secret
    return tuple(
        point for point in memory_points.used() if point.configuration in chosen or not _is_whole(point)
    )


def _is_whole(point: Point) -> bool:
    return point.activation is not None


@cache
def fitted() -> tuple[Point, ...]:
    """Return the other points."""
    return tuple(point for point in memory_points.used() if point not in judged())


def rest(point: Point) -> float:
    """Return the GiB that a run took besides weights, NCCL and graphs: the pool's size tells.

    Where r1c knows weights only as a range, those that were measured count.
    """
    capacity, stage = memory_points.capacity(point), memory_points.stage(point)
    exact = stage.weights.low == stage.weights.high
    weights = stage.weights.low / GIB if exact else point.weights or 0.0
    taken = (point.graphs or 0.0) if capacity.settings.graphs_inside else 0.0
    return capacity.granted / GIB - weights - point.pool - (point.non_torch or 0.0) - taken


@cache
def _pass(point: Point) -> profile_run.Pass:
    capacity, stage = memory_points.capacity(point), memory_points.stage(point)
    return profile_run.of_stage(capacity.cut, stage.layers, capacity.settings)


def likely(point: Point, terms: Terms) -> float:
    """Return the GiB that the formula gives for a point's activations."""
    capacity = memory_points.capacity(point)
    copies = terms.since if vllm.at_least(capacity.cut.release, _STEP) else terms.before
    return _pass(point).peak(copies) / GIB


def ratio(point: Point, terms: Terms) -> float:
    """Return measured over formula, both with SOFT added."""
    return (rest(point) + SOFT) / (likely(point, terms) + SOFT)


def loss(points: Iterable[Point], terms: Terms) -> float:
    """Return what the fit makes small: the sum of the squares of the ratios' logarithms."""
    return sum(math.log(ratio(point, terms)) ** 2 for point in points if is_plain(point))


def is_plain(point: Point) -> bool:
    """Tell whether the formula is one figure for a point.

    On the second model runner it is two, and the rotary table of a compiled model is part of the high end.
    """
    capacity = memory_points.capacity(point)
    if capacity.settings.second_runner:
        return False
    model = capacity.cut.model
    return point.eager or (model.max_position_embeddings or 0) * model.rotary_dim * 2 < GIB


@cache
def fit() -> Terms:
    """Return the terms with the least loss on the fitted points: some or all are moved, by ever less."""
    terms, step = Terms(8.0, 4.0), 0.2
    least = loss(fitted(), terms)
    while step > 0.0005:
        moves = itertools.product((1 - step, 1.0, 1 + step), repeat=2)
        tried = [Terms(terms.before * a, terms.since * b) for a, b in moves]
        found, best = min((loss(fitted(), other), number) for number, other in enumerate(tried))
        if found < least:
            terms, least = tried[best], found
        else:
            step /= 2
    return Terms(float(f"{terms.before:.3g}"), float(f"{terms.since:.3g}"))


def activation_range() -> tuple[float, float]:
    """Return the factors of the formula between which the fitted points lie."""
    return beyond([ratio(point, fit()) for point in fitted() if is_plain(point)], 0.0)


def non_torch(of: Callable[[Point], bool]) -> tuple[float, float]:
    """Return the range of what fitted points of a kind took of the pool for NCCL and CUDA."""
    return beyond([point.non_torch for point in fitted() if of(point) and point.non_torch is not None])


def graphs(name: str) -> tuple[float, float]:
    """Return the range of the graphs that were `graphs` (estimated) or `graphs_captured`, without context."""
    return beyond(
        [
            getattr(point, name) - profile_run.context(capacity.cut, capacity.settings) / GIB
            for point in fitted()
            if getattr(point, name) is not None
            for capacity in (memory_points.capacity(point),)
            if not capacity.settings.second_runner
        ]
    )


def beyond(values: Sequence[float], least: float = _LEAST) -> tuple[float, float]:
    """Return the range of values and a fifth of it more on both sides, at least so much; never below 0."""
    more = max(BEYOND * (max(values) - min(values)), least)
    return round(max(0.0, min(values) - more), 3), round(max(values) + more, 3)


def is_alone(point: Point) -> bool:
    """Tell whether a run had one rank."""
    return point.tensor == point.pipeline == 1


def is_staged(point: Point) -> bool:
    """Tell whether a run had stages of one rank each."""
    return point.tensor == 1 and point.pipeline > 1


def is_split(point: Point) -> bool:
    """Tell whether a run had tensor ranks."""
    return point.tensor > 1


def coverage(points: Sequence[Point]) -> Coverage:
    """Judge the ranges of the KV cache that `r1c plan` prints."""
    pools = [(point.pool * GIB, memory_points.stage(point).pool) for point in points]
    # The logs have hundredths of a GiB.
    inside = sum(low.low - GIB // 100 <= pool <= low.high + GIB // 100 for pool, low in pools)
    return Coverage(len(points), inside, sum(pool.high - pool.low for _, pool in pools) / len(points) / GIB)


def facts_text() -> str:
    """Return facts/memory_fit.yaml.

    The ranges are those of the runs; the coverage is that of the facts which r1c has loaded.
    """
    terms, found = fit(), coverage(judged())
    releases = sorted({memory_points.capacity(point).cut.release for point in fitted()}, key=_order)
    capabilities = sorted({memory_points.plan(point).platform.compute_capability for point in fitted()})
    lines = [
        "# Generated by tools/memory_fit.py from tests/capacity/memory/points.csv: do not edit.",
        "source: tests/capacity/memory/models.yaml names where each run comes from",
        "date: 2026-11-28",
        "activation:                # docs/memory.md",
        f"  copies: [[{_FIRST}, {terms.before:g}], [{_STEP}, {terms.since:g}]]   # of the logits in float32",
        f"  softGib: {SOFT:g}",
        f"  range: {_pair(activation_range())}",
        "nonTorchGib:               # with one rank; stages of one rank; tensor ranks",
        f"  alone: {_pair(non_torch(is_alone))}",
        f"  pipeline: {_pair(non_torch(is_staged))}",
        f"  tensor: {_pair(non_torch(is_split))}",
        "graphsGib:                 # as vLLM estimates them before it sizes the cache; as captured",
        f"  taken: {_pair(graphs('graphs'))}",
        f"  captured: {_pair(graphs('graphs_captured'))}",
        "span:                      # what the fitted runs had",
        f"  releases: [{releases[0]}, {releases[-1]}]",
        f"  tensor: {max(point.tensor for point in fitted())}",
        f"  pipeline: {max(point.pipeline for point in fitted())}",
        f"  capabilities: {json.dumps(capabilities)}",
        "judged:                    # stages that were not fitted; those whose KV cache is in the range",
        f"  runs: {found.points}",
        f"  inside: {found.inside}",
    ]
    return "\n".join(lines) + "\n"


def _pair(pair: tuple[float, float]) -> str:
    return f"[{pair[0]:g}, {pair[1]:g}]"


def _order(release: str) -> list[int]:
    return [int(number) for number in release[1:].split(".")[:3] if number.isdigit()]


def main() -> int:
    """Write the facts, then their coverage, then docs/memory.md: each with the facts that came before.

    r1c loads its facts once, so each step is a process of its own.
    """
    import fact_tables

    step = sys.argv[1] if len(sys.argv) > 1 else ""
    if step == "page":
        import memory_page

        memory_page.TARGET.write_text(memory_page.page(), encoding="utf-8")
        return 0
    TARGET.write_text(facts_text(), encoding="utf-8")
    fact_tables.main()
    following = {"": "again", "again": "page"}[step]
    return subprocess.run([sys.executable, __file__, following], check=True).returncode


if __name__ == "__main__":
    sys.exit(main())
