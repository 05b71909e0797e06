"""The benchmark section of a profile -> the points to measure, each with all that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from r1c import facts
from r1c.diagnostics import Path
from r1c.facts import bench_client
from r1c.resolve.plan import Benchmark, Point

if TYPE_CHECKING:
    from r1c.profile import benchmark

_STEP = 600
"""Deadlines are whole multiples of ten minutes."""


def benchmark_of(asked: benchmark.Benchmark, ready: int) -> Benchmark:
    """Return the benchmark; a section without points is one point.

    `ready` are the seconds that the server may take to start. The deadlines are those of one group, also
    where several share the load: scaling does not change the Job.
    """
    place: Path = ("spec", "benchmark")
    points = tuple(
        _point(asked, point, (*place, "points", index)) for index, point in enumerate(asked.points)
    )
    goodput = {
        "ttft": asked.goodput.ttft_ms,
        "tpot": asked.goodput.tpot_ms,
        "e2el": asked.goodput.e2el_ms,
    }
    points = points or (_point(asked, None, place),)
    longest = [_seconds(point, asked.warmup_prompts) for point in points]
    return Benchmark(
        points,
        asked.warmup_prompts,
        {name: target for name, target in goodput.items() if target is not None},
        _deadline(ready + sum(longest)),
        _deadline(ready + max(longest)),
    )


def _seconds(point: Point, warmup: int) -> int:
    """Return how long a point may take, in seconds.

    The start of its pod, then its requests at the lowest rates expected of a server
    (facts/bench_client.yaml).
    """
    figures, requests = bench_client.duration(), point.prompts + warmup
    together = min(point.concurrency or requests, requests)
    rate = min(together * figures.sequence_tokens_per_second, figures.output_tokens_per_second)
    result = figures.overhead_seconds
    result += -(-requests * point.output_len // rate)
    result += -(-requests * point.input_len // figures.input_tokens_per_second)
    if point.request_rate:
        # Exact, since a float overflows at integers that YAML can write.
        sent, seconds = point.request_rate.as_integer_ratio()
        result += -(-requests * seconds // sent)
    return result


def _deadline(seconds: int) -> int:
    return min(_STEP * -(-seconds // _STEP), bench_client.duration().longest_seconds)


def _point(section: benchmark.Benchmark, own: benchmark.Point | None, place: Path) -> Point:
    """Fill in a point from its section; a point with its own load does not inherit one."""
    point: benchmark.Benchmark | benchmark.Point = own or section
    loaded = point if point.concurrency or point.request_rate else section
    dataset = point.dataset or section.dataset
    path = point.dataset_path or section.dataset_path if dataset == "sharegpt" else None
    lengths = (point.input_len or section.input_len, point.output_len or section.output_len)
    name = f"{lengths[0]}-in-{lengths[1]}-out"
    if dataset == "sharegpt":
        figures = facts.defaults().sharegpt
        name, lengths = dataset, (figures.input_len, figures.output_len)
    if loaded.concurrency:
        name += f"-{loaded.concurrency}-at-once"
    if loaded.request_rate:
        name += f"-{loaded.request_rate:g}-a-second"
    return Point(
        (own and own.name) or name,
        *lengths,
        point.prompts or section.prompts,
        loaded.concurrency,
        loaded.request_rate,
        dataset,
        path,
        place,
    )
