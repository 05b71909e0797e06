"""The benchmark section of a profile -> the points to measure, each with all that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from r1c import facts
from r1c import plan as ir
from r1c.diagnostics import Path

if TYPE_CHECKING:
    from r1c.profile.model import Benchmark, Point


def benchmark_of(asked: Benchmark) -> ir.Benchmark:
    """Return the benchmark; a section without points is one point."""
    place: Path = ("spec", "benchmark")
    points = tuple(
        _point(asked, point, (*place, "points", index)) for index, point in enumerate(asked.points)
    )
    goodput = {
        "ttft": asked.goodput.ttft_ms,
        "tpot": asked.goodput.tpot_ms,
        "e2el": asked.goodput.e2el_ms,
    }
    return ir.Benchmark(
        points or (_point(asked, None, place),),
        asked.warmup_prompts,
        {name: target for name, target in goodput.items() if target is not None},
    )


def _point(section: Benchmark, own: Point | None, place: Path) -> ir.Point:
    """Fill in a point from its section; a point that has a load of its own takes none from there."""
    point: Benchmark | Point = own or section
    loaded = point if point.concurrency or point.request_rate else section
    dataset = point.dataset or section.dataset
    path = point.dataset_path or section.dataset_path if dataset == "sharegpt" else None
    lengths = (point.input_len or section.input_len, point.output_len or section.output_len)
    name = f"{lengths[0]}-in-{lengths[1]}-out"
    if dataset == "sharegpt":
        figures = facts.default("sharegpt")
        name, lengths = dataset, (int(figures["inputLen"]), int(figures["outputLen"]))
    if loaded.concurrency:
        name += f"-{loaded.concurrency}-at-once"
    if loaded.request_rate:
        name += f"-{loaded.request_rate:g}-a-second"
    return ir.Point(
        (own and own.name) or name,
        *lengths,
        point.prompts or section.prompts,
        loaded.concurrency,
        loaded.request_rate,
        dataset,
        path,
        place,
    )
