"""`r1c bench`: result files -> a table, a comparison that CI can fail on, or a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from r1c.bench import forecasts, formats, plot, table, threshold
from r1c.bench.collect import Collected, collect
from r1c.bench.compare import Line, compared, records, to_text
from r1c.bench.result import Value
from r1c.commands import bench_forecast, inputs
from r1c.commands.console import Console
from r1c.diagnostics import UserError
from r1c.diagnostics.suggest import closest
from r1c.diagnostics.text import printable
from r1c.facts import bench_result
from r1c.record import record


@record
class Sides:
    """The two sides of a comparison, and the limits on their changes."""

    first: str
    second: str
    fail_on: Sequence[str]


def parse(console: Console, paths: Sequence[str], form: str) -> int:
    """Print the results as one table; return 1 if a file has none."""
    found = _collected(console, paths)
    writers = {"table": table.to_text, "json": table.to_json, "csv": table.to_csv}
    if found.results:
        console.result(writers[form](found.results))
    return 1 if found.faults else 0


def compare(console: Console, sides: Sides, form: str) -> int:
    """Print the comparison; return 1 if it fails.

    It fails if a path has no result, the sides have no point in common, or a limit is exceeded.
    """
    limits = [threshold.read(text) for text in sides.fail_on]
    if sides.first.endswith(inputs.SUFFIXES):
        return _against_forecast(console, sides, limits, form)
    before, after = _collected(console, [sides.first]), _collected(console, [sides.second])
    found = compared(before.results, after.results)
    for warning in found.warnings:
        console.report(printable(f"warning: {warning}") + "\n")
    if not found.lines:
        console.report(f"r1c: {sides.first} and {sides.second} have no point in common\n")
        return 1
    console.result(to_text(found) if form == "table" else _written(records(found), form))
    return 1 if _broken(console, limits, found.lines) or before.faults or after.faults else 0


def _against_forecast(console: Console, sides: Sides, limits: Sequence[threshold.Limit], form: str) -> int:
    """Print the results beside the profile's forecast; limits are on the change from the likely value."""
    plan = bench_forecast.planned(console, sides.first)
    if plan is None:
        return 1
    after = _collected(console, [sides.second])
    for doubt in bench_forecast.doubts(plan, after.results):
        console.report(printable(f"warning: {doubt}") + "\n")
    rows = bench_forecast.rows(plan, after.results)
    if not rows:
        console.report(f"r1c: {sides.second} has no figure that the forecast of {sides.first} has\n")
        return 1
    console.result(forecasts.to_text(rows) if form == "table" else _written(forecasts.records(rows), form))
    broken = _broken(console, limits, [row.line for row in rows])
    return 1 if broken or after.faults else 0


def _broken(console: Console, limits: Sequence[threshold.Limit], lines: Sequence[Line]) -> bool:
    sentences = list(threshold.broken(limits, lines))
    for sentence in sentences:
        console.report(printable(f"failed: {sentence}") + "\n")
    return bool(sentences)


def _written(rows: Sequence[Mapping[str, Value]], form: str) -> str:
    if form == "json":
        return table.as_json(rows)
    return table.as_csv(rows, list(dict.fromkeys(name for row in rows for name in row)))


def draw(console: Console, paths: Sequence[str], latency: str, output: str) -> int:
    """Write the plot, a line for each path; return 1 if a file has no result."""
    if not latency.endswith("_ms") or not formats.known(latency):
        names = [f"{word}_{name}_ms" for name in bench_result.read().latencies for word in ("median", "p99")]
        near = closest(latency, names)
        rest = f"; did you mean {near}?" if near else ", such as p99_ttft_ms"
        raise UserError(f"unknown latency {latency}{rest}")
    sets = {path: _collected(console, [path]) for path in paths}
    plot.draw({path: found.results for path, found in sets.items()}, latency, Path(output))
    console.note(f"created: {output}")
    return 1 if any(found.faults for found in sets.values()) else 0


def _collected(console: Console, paths: Sequence[str]) -> Collected:
    found = collect(paths)
    for fault in found.faults:
        console.report(printable(f"skipped: {fault.source}: {fault.reason}") + "\n")
    return found
