"""Two sets of benchmark results -> each point side by side, with the change in percent."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence

from r1c.bench import formats, load, table
from r1c.bench.result import Result, Value
from r1c.facts import bench_result
from r1c.record import record

_SETTLED = ("model", "tokenizer", "backend")
_RARE = ("failed_requests", table.CACHE_HITS)
_MAIN = (
    "good_requests_per_s",
    "output_tokens_per_s",
    "median_ttft_ms",
    "p99_ttft_ms",
    "median_tpot_ms",
    "p99_tpot_ms",
    *_RARE,
)
"""The figures in the text table; JSON and CSV have all."""


@record
class Summary:
    """Repeated runs of one figure: their number, mean, minimum and maximum."""

    runs: int
    mean: float
    least: float
    most: float

    def text(self) -> str:
        """Write the mean, and the spread of repeated runs."""
        if self.runs == 1:
            return table.shown(self.mean)
        spread = f"{table.shown(self.least)} to {table.shown(self.most)}"
        return f"{table.shown(self.mean)} ({spread}, {self.runs} runs)"


@record
class Line:
    """One figure of one point on both sides. `change` is in per cent of the first, infinite from zero."""

    point: str
    figure: str
    before: Summary
    after: Summary

    @property
    def change(self) -> float:
        """The change of the mean."""
        if self.before.mean == 0:
            return 0.0 if self.after.mean == 0 else math.copysign(math.inf, self.after.mean)
        # Rounded, so that 256 to 243.2 is a fall of 5 per cent and no more.
        return round(100 * (self.after.mean - self.before.mean) / abs(self.before.mean), 9)

    @property
    def within(self) -> bool:
        """Tell whether both sides have several runs and their spreads overlap."""
        several = self.before.runs > 1 and self.after.runs > 1
        return several and self.before.least <= self.after.most and self.after.least <= self.before.most


@record
class Comparison:
    """The lines, and the warnings about them."""

    lines: tuple[Line, ...]
    warnings: tuple[str, ...]


def compared(before: Sequence[Result], after: Sequence[Result]) -> Comparison:
    """Pair the points of both sides by their load; one against one is compared whatever the load."""
    left, right = _points(before), _points(after)
    warnings = [*_settled(before, after), *_cached("first", before), *_cached("second", after)]
    pairs = [(key, left[key], right[key]) for key in left if key in right]
    if not pairs and len(left) == len(right) == 1:
        (key, one), (other, two) = (*left.items(), *right.items())
        pairs = [(key, one, two)]
        warnings += _load(dict(key), dict(other))
    else:
        for side, mine, theirs in (("first", left, right), ("second", right, left)):
            warnings += [
                f"{_name(key, runs)} is only in the {side} set"
                for key, runs in mine.items()
                if key not in theirs
            ]
    lines = [line for key, one, two in pairs for line in _lines(_name(key, one), one, two)]
    return Comparison(tuple(lines), tuple(warnings))


def _points(results: Sequence[Result]) -> dict[load.Key, list[Result]]:
    points: dict[load.Key, list[Result]] = {}
    for result in sorted(results, key=load.order):
        points.setdefault(load.key(result), []).append(result)
    return points


def _name(key: load.Key, runs: Sequence[Result]) -> str:
    return runs[0].point or ", ".join(f"{name} {value}" for name, value in key) or "the point"


def _load(before: Mapping[str, Value], after: Mapping[str, Value]) -> Iterator[str]:
    for name in load.SETTINGS:
        if before.get(name) != after.get(name):
            yield f"the load differs, so the figures are not comparable: {_differs(name, before, after)}"


def _differs(name: str, before: Mapping[str, Value], after: Mapping[str, Value]) -> str:
    return f"{name} {before.get(name, 'not given')} and {after.get(name, 'not given')}"


def _settled(before: Sequence[Result], after: Sequence[Result]) -> Iterator[str]:
    """Warn when the sides differ in more than one thing, or when the runs of one side are not alike."""
    sides = []
    for word, results in (("first", before), ("second", after)):
        configurations = [_configuration(result) for result in results]
        first = configurations[0] if configurations else {}
        uneven = {
            name
            for other in configurations
            for name in {*first, *other}
            if first.get(name) != other.get(name)
        }
        if uneven:
            told = ", ".join(sorted(uneven))
            yield f"the runs of the {word} set differ in {told}, so their mean is not meaningful"
        sides.append(first)
    left, right = sides
    different = [name for name in sorted({*left, *right}) if left.get(name) != right.get(name)]
    if len(different) > 1:
        told = "; ".join(_differs(name, left, right) for name in different)
        many = f"the sides differ in {len(different)} things"
        yield f"{many}, so a change cannot be attributed to one of them: {told}"


def _configuration(result: Result) -> dict[str, Value]:
    """Return what a result was measured on; the image and the version that it serves count as one thing."""
    config: dict[str, Value] = {name: value for name, value in result.config.items() if name != "image"}
    config |= {name: result.settings[name] for name in _SETTLED if name in result.settings}
    version = f"{result.vllm} {result.config.get('image', '')}".strip()
    return {**config, **({"vLLM": version} if version else {})}


def _lines(point: str, before: Sequence[Result], after: Sequence[Result]) -> Iterator[Line]:
    names = [name for name in table.names_of([*before, *after]) if name not in table.SETTINGS]
    for name in names:
        one = [result.figures[name] for result in before if name in result.figures]
        two = [result.figures[name] for result in after if name in result.figures]
        if one and two:
            yield Line(point, name, _summary(one), _summary(two))


def _summary(values: Sequence[float]) -> Summary:
    # A count that is the same in all runs stays an integer.
    mean = values[0] if len(set(values)) == 1 else statistics.fmean(values)
    return Summary(len(values), mean, min(values), max(values))


def _cached(word: str, results: Sequence[Result]) -> Iterator[str]:
    """Warn of random prompts that the server had seen: its prefix cache makes them faster than new ones."""
    for result in results:
        percent = table.cache_hits(result)
        if percent and result.settings.get("dataset") == "random":
            point = _name(load.key(result), [result])
            yield (
                f"{point} in the {word} set: {percent:.0f} % of prompt tokens came from the prefix cache, "
                "so it is faster than with new prompts"
            )


def to_text(comparison: Comparison) -> str:
    """Return one table with a row for each point: the second set, and the change of each main figure."""
    cells: dict[str, dict[str, str]] = {}
    for line in comparison.lines:
        cells.setdefault(line.point, {})[line.figure] = _cell(line)
    found = dict.fromkeys(line.figure for line in comparison.lines if _tells(line))
    names = [name for name in _MAIN if name in found] or list(found)
    rows = [[point, *(row.get(name, "") for name in names)] for point, row in cells.items()]
    title = "The second set, and its change from the first; --format csv has every figure of both.\n"
    return title + table.aligned([["point", *names], *rows])


def _cell(line: Line) -> str:
    change = percent(line.change) if line.change else "same"
    return " ".join(filter(None, (line.after.text(), change, verdict(line))))


def _tells(line: Line) -> bool:
    """Tell whether a figure is worth a column: failures and cache hits only where there are some."""
    return line.figure not in _RARE or bool(line.before.mean or line.after.mean)


def verdict(line: Line) -> str:
    """Say whether the second side is better or worse, or no further off than runs are from each other."""
    if line.within:
        return "within the spread"
    known = bench_result.read()
    higher = line.figure in known.higher_is_better
    if not line.change or not (
        higher or line.figure in known.lower_is_better or formats.is_latency(line.figure)
    ):
        return ""
    return "better" if (line.change > 0) == higher else "worse"


def percent(change: float) -> str:
    """Write a change: +3.1 %."""
    return "n/a" if math.isinf(change) else f"{change:+.1f} %"


def records(comparison: Comparison) -> list[dict[str, Value]]:
    """Return the lines as flat records, for JSON and CSV."""
    return [
        {
            "point": line.point,
            "figure": line.figure,
            "first": line.before.mean,
            "first_least": line.before.least,
            "first_most": line.before.most,
            "first_runs": line.before.runs,
            "second": line.after.mean,
            "second_least": line.after.least,
            "second_most": line.after.most,
            "second_runs": line.after.runs,
            **({} if math.isinf(line.change) else {"change_percent": line.change}),
        }
        for line in comparison.lines
    ]
