"""The figures of facts/forecast.yaml and facts/forecast_fit.yaml: peaks of GPUs, and fitted coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from r1c import facts
from r1c.facts.entry import fill
from r1c.record import named_record, record

BF16 = "bf16"


@record
class Gpu:
    """The peaks of one GPU: memory and NVLink (one way) in bytes a second, operations a second by type."""

    name: str
    bandwidth: int
    arithmetic: Mapping[str, int]
    link: int

    def operations(self, method: str) -> int:
        """Return the operations a second for weights of a format (facts/memory.yaml, formats)."""
        type_ = facts.data("forecast")["computesIn"].get(method, BF16)
        return self.arithmetic.get(type_, self.arithmetic[BF16])


@record
class AcrossNodes:
    """An all-reduce over GPUs of several nodes: seconds of a small one, bytes a second of a large one."""

    seconds: float
    bytes_per_second: int


@named_record
class Coefficients:
    """What the measured points gave for each term (docs/forecast.md).

    `bandwidth`, `arithmetic`, `attention`, `volume` and `prefill_pass` are multiples of the time at the GPU's
    peak; `overhead`, `routing`, `all_reduce` and `first` are seconds; `share` and `wait` are parts of the
    prefill time of the other requests.
    """

    bandwidth: float
    arithmetic: float
    attention: float
    overhead: float
    routing: float
    all_reduce: float
    volume: float
    prefill_pass: float
    share: float
    first: float
    wait: float


Between = tuple[float, float]


@record
class Coverage:
    """The percentages of measured TTFT and TPOT that lay in the ranges while `held_out` was held out."""

    held_out: str
    ttft: int
    tpot: int


@named_record
class Ranges:
    """Factors from the likely value to the low and the high one, and how often they held."""

    ttft: Between
    tpot: Between
    coverage: tuple[Coverage, ...]


@named_record
class Span:
    """The least and the most that the measured points have."""

    input_len: tuple[int, int]
    output_len: tuple[int, int]
    concurrency: tuple[int, int]
    vllm: tuple[str, str]


@named_record
class Fit:
    """The whole of facts/forecast_fit.yaml: ranges for what was measured and for what was not.

    `points` is how many were fitted; `measured` are the models, GPUs and formats of weights that some point
    has.
    """

    coefficients: Coefficients
    points: int
    measured_ranges: Ranges
    other_ranges: Ranges
    span: Span
    measured: frozenset[tuple[str, str, str]]


@cache
def gpu(name: str) -> Gpu:
    """Return a GPU of facts/forecast.yaml by its name; raises KeyError for another."""
    entry = facts.data("forecast")["gpus"][name]
    arithmetic = {key: value for key, value in entry.items() if key not in ("platform", "link")}
    bandwidth = facts.platform(entry["platform"]).gpu_memory_bandwidth
    return Gpu(name, bandwidth, arithmetic, entry["link"])


def gpu_of(platform: str) -> Gpu | None:
    """Return the GPU of a platform, None for a platform whose GPU has no figures there."""
    name = facts.data("forecast")["platforms"].get(platform)
    return None if name is None else gpu(name)


@cache
def across_nodes() -> AcrossNodes:
    """Return what is known of an all-reduce across nodes."""
    entry = facts.data("forecast")["acrossNodes"]
    return AcrossNodes(entry["seconds"], entry["bytesPerSecond"])


def unmeasured_factor() -> float:
    """Return how much wider a range is for one condition that no measured point has."""
    factor: float = facts.data("forecast")["unmeasured"]["factor"]
    return factor


@cache
def fit() -> Fit:
    """Return what tools/forecast_fit.py made of the measured points."""
    data = facts.data("forecast_fit")
    return Fit(
        coefficients=fill(Coefficients, data["coefficients"]),
        points=data["points"],
        measured_ranges=_ranges(data["ranges"]["measured"]),
        other_ranges=_ranges(data["ranges"]["other"]),
        span=fill(Span, data["span"]),
        measured=frozenset((entry["model"], entry["gpu"], entry["format"]) for entry in data["measured"]),
    )


def _ranges(entry: Mapping[str, Any]) -> Ranges:
    low_high = {name: (entry[name][0], entry[name][1]) for name in ("ttft", "tpot")}
    coverage = [Coverage(held, *percent) for held, percent in entry["coverage"].items()]
    return Ranges(**low_high, coverage=tuple(coverage))
