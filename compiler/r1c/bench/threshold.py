"""`p99_ttft_ms>+10%` -> a limit on a figure's change, and the lines of a comparison beyond it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from r1c.bench import formats
from r1c.bench.compare import Line, percent
from r1c.diagnostics import UserError
from r1c.diagnostics.suggest import closest
from r1c.facts import bench_result
from r1c.record import record

GRAMMAR = "FIGURE>+NUMBER% (it rose by more) or FIGURE<-NUMBER% (it fell by more), such as p99_ttft_ms>+10%"
_LIMIT = re.compile(r"\s*([a-z]\w*(?:\.\d+\w*)?)\s*([<>])\s*([+-]?\d+(?:\.\d+)?)\s*%\s*", re.ASCII)


@record
class Limit:
    """A figure, and the change in percent that it must not exceed, upwards or downwards."""

    text: str
    figure: str
    upwards: bool
    change: float


def read(text: str) -> Limit:
    """Read a limit; raises UserError for a wrong form or an unknown figure."""
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise UserError(f"--fail-on {text}: not a limit; write {GRAMMAR}")
    figure = match[1]
    if not formats.known(figure):
        near = closest(figure, _names())
        rest = (
            f"did you mean {near}?"
            if near
            else "`r1c bench parse FILE --format csv` lists the figures of a file"
        )
        raise UserError(f"--fail-on {text}: unknown figure {figure}; {rest}")
    return Limit(text.strip(), figure, match[2] == ">", float(match[3]))


def _names() -> list[str]:
    latencies = bench_result.read().latencies
    return [*formats.order(), *(f"p{level}_{name}_ms" for name in latencies for level in (50, 90, 95, 99))]


def broken(limits: Sequence[Limit], lines: Sequence[Line]) -> Iterator[str]:
    """Yield a sentence for each limit that a point exceeds, and for each that has no points to compare."""
    for limit in limits:
        found = [line for line in lines if line.figure == limit.figure]
        if not found:
            yield f"{limit.text}: no point has {limit.figure} on both sides"
        for line in found:
            if line.change > limit.change if limit.upwards else line.change < limit.change:
                yield (
                    f"{limit.text}: {line.figure} of {line.point} went from {line.before.text()} to "
                    f"{line.after.text()}, {percent(line.change)}"
                )
