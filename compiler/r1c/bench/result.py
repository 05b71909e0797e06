"""One benchmark result: its load, its figures and its configuration."""

from __future__ import annotations

from collections.abc import Mapping

from r1c.record import field, record

Value = str | int | float


@record
class Result:
    """The result of one point. Figures by our names, which have the unit (facts/bench_results.yaml).

    `point` is the name of its point, empty if nothing says it; `vllm` the version that the server
    reported, or else the releases that write such a file. `config` is what the server was, as far as it is
    known: the image, and each flag. `attempt` is the Job and index of a point that r1c ran, `started` when.
    """

    source: str
    point: str
    vllm: str
    settings: Mapping[str, Value]
    figures: Mapping[str, float]
    config: Mapping[str, str] = field(default_factory=dict)
    attempt: tuple[str, int] | None = None
    started: str = ""


@record
class Fault:
    """A file, or a part of one, without a valid result, and the reason."""

    source: str
    reason: str
