"""Benchmark results against the forecast of a plan for their own loads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c.bench import load, table
from r1c.bench.compare import Line, Summary
from r1c.bench.result import Result, Value
from r1c.forecast import Expected, Forecast, forecast
from r1c.forecast.load import MS, Load
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Row:
    """One figure of one result beside its forecast, in the figure's own unit."""

    point: str
    figure: str
    expected: Expected
    measured: float

    @property
    def verdict(self) -> str:
        """Where the measured figure is."""
        if self.measured < self.expected.low:
            return "below the range"
        return "above the range" if self.measured > self.expected.high else "in the range"

    @property
    def line(self) -> Line:
        """The figure as a comparison has it, with the likely value first."""
        likely, measured = self.expected.likely, self.measured
        return Line(
            self.point,
            self.figure,
            Summary(1, likely, self.expected.low, self.expected.high),
            Summary(1, measured, measured, measured),
        )


def load_of(result: Result) -> Load | None:
    """Return the load of a result, None where it does not say how many tokens and requests it had.

    Lengths that the result does not name are the means of its tokens.
    """
    figures, settings = result.figures, result.settings
    completed = figures.get("completed_requests", 0)
    prompts = load.number(settings.get("prompts")) or completed
    lengths = [
        load.number(settings.get(name)) or (figures.get(total, 0) / completed if completed else 0)
        for name, total in (("input_len", "total_input_tokens"), ("output_len", "total_output_tokens"))
    ]
    if not prompts or not all(round(length) for length in lengths):
        return None
    concurrency, rate = load.number(settings.get("concurrency")), load.number(settings.get("request_rate"))
    in_flight = min(round(concurrency or prompts), round(prompts))
    once = not concurrency and not rate
    name = result.point or result.source
    return Load(name, round(lengths[0]), round(lengths[1]), in_flight, rate or None, once)


def rows(plan: Plan, results: Sequence[Result]) -> Iterator[Row]:
    """Yield the figures of results that a forecast has; a result without a load has none."""
    for result in results:
        load = load_of(result)
        found = None if load is None else forecast(plan, load)
        if found is not None:
            yield from _rows(result, found)


def _rows(result: Result, found: Forecast) -> Iterator[Row]:
    latencies = {"ttft": found.ttft, "tpot": found.tpot}
    expected = {
        f"{word}_{name}_ms": Expected(value.low * MS, value.likely * MS, value.high * MS)
        for name, value in latencies.items()
        for word in ("mean", "median")
    }
    expected["output_tokens_per_s"] = found.output_rate
    for figure, range_ in expected.items():
        if figure in result.figures:
            yield Row(found.load.name, figure, range_, result.figures[figure])


def to_text(found: Sequence[Row]) -> str:
    """Return a table for each result."""
    blocks = []
    for point in dict.fromkeys(row.point for row in found):
        lines = [["figure", "low", "likely", "high", "measured", ""]]
        for row in found:
            if row.point == point:
                numbers = (row.expected.low, row.expected.likely, row.expected.high, row.measured)
                lines.append([row.figure, *(table.shown(float(number)) for number in numbers), row.verdict])
        blocks.append(f"{point}\n{table.aligned(lines)}")
    return "\n".join(blocks)


def records(found: Sequence[Row]) -> list[dict[str, Value]]:
    """Return the rows as flat records, for JSON and CSV."""
    return [
        {
            "point": row.point,
            "figure": row.figure,
            "forecast_low": row.expected.low,
            "forecast_likely": row.expected.likely,
            "forecast_high": row.expected.high,
            "measured": row.measured,
            "verdict": row.verdict,
        }
        for row in found
    ]
