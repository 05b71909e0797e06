"""`r1c bench`: result files -> a table, a comparison that CI can fail on, or a plot."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from r1c.bench import formats, plot, table, threshold
from r1c.bench.collect import Collected, collect
from r1c.bench.compare import Comparison, compared, records, to_text
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
    before, after = _collected(console, [sides.first]), _collected(console, [sides.second])
    found = compared(before.results, after.results)
    for warning in found.warnings:
        console.report(printable(f"warning: {warning}") + "\n")
    if not found.lines:
        console.report(f"r1c: {sides.first} and {sides.second} have no point in common\n")
        return 1
    console.result(_written(found, form))
    broken = list(threshold.broken(limits, found.lines))
    for sentence in broken:
        console.report(printable(f"failed: {sentence}") + "\n")
    return 1 if broken or before.faults or after.faults else 0


def _written(found: Comparison, form: str) -> str:
    rows = records(found)
    if form == "table":
        return to_text(found)
    if form == "json":
        return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    text = io.StringIO()
    names = list(dict.fromkeys([*rows[0], "change_percent"]))
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


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
