"""The load of a server: the points of a profile's benchmark, or a load such as 8192/1024/64."""

from __future__ import annotations

import re

from r1c.diagnostics import UserError
from r1c.record import record
from r1c.resolve.plan import Plan, Point

_LOAD = re.compile(r"([1-9]\d{0,8})/([1-9]\d{0,8})/(?:([1-9]\d{0,8})|(\d{1,6}(?:\.\d{1,6})?)/s)", re.ASCII)

MS = 1000
"""Milliseconds of a second."""

NO_LIMIT = 10**9
"""The requests in flight of a load that has a rate and no such limit."""


@record
class Load:
    """Requests of one size: `in_flight` of them at a time, or `rate` a second.

    With `once`, all are sent at the start and no others follow.
    """

    name: str
    input_len: int
    output_len: int
    in_flight: int
    rate: float | None = None
    once: bool = False

    @property
    def context(self) -> float:
        """The tokens that a running request has in the KV cache, on average."""
        return self.input_len + self.output_len / 2


def read(text: str) -> Load:
    """Read INPUT/OUTPUT/REQUESTS or INPUT/OUTPUT/RATE/s; raises UserError for anything else."""
    match = _LOAD.fullmatch(text.strip())
    if match is None or (match[4] and float(match[4]) == 0):
        raise UserError(
            f"--load {text}: expected INPUT/OUTPUT/REQUESTS: tokens of a prompt, tokens of an answer and "
            "requests in flight, such as 8192/1024/64; or requests a second, such as 8192/1024/2.5/s"
        )
    name, input_len, output_len = text.strip(), int(match[1]), int(match[2])
    if match[4]:
        return Load(name, input_len, output_len, NO_LIMIT, float(match[4]))
    return Load(name, input_len, output_len, int(match[3]))


def of_benchmark(plan: Plan) -> tuple[Load, ...]:
    """Return the loads of the benchmark's points, but for those whose lengths are a data set's."""
    return tuple(_of_point(point) for point in plan.benchmark.points if point.dataset == "random")


def without_lengths(plan: Plan) -> tuple[str, ...]:
    """Return the names of the points whose lengths are a data set's."""
    return tuple(point.name for point in plan.benchmark.points if point.dataset != "random")


def _of_point(point: Point) -> Load:
    in_flight = min(point.concurrency or point.prompts, point.prompts)
    once = point.concurrency is None and point.request_rate is None
    return Load(point.name, point.input_len, point.output_len, in_flight, point.request_rate, once)


def of_one_group(load: Load, groups: int) -> Load:
    """Return the part of a load that one of several groups has, if they share it evenly."""
    rate = None if load.rate is None else load.rate / groups
    in_flight = -(-load.in_flight // groups)
    return Load(load.name, load.input_len, load.output_len, in_flight, rate, load.once)
