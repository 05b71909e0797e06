"""Measured points (tests/forecast/points.csv) -> facts/forecast_fit.yaml.

The coefficients of the forecast's terms, the ranges, and how many held-out points lie in them.

`python tools/forecast_fit.py` writes the file and docs/forecast.md. A third of the configurations, chosen by
seed, is only judged. What is fitted on the others are the coefficients; ranges are quantiles of the errors on
points that were held out of a fit of their own.
"""

from __future__ import annotations

import math
import random
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import forecast_points
import numpy as np
from forecast_points import Point

from r1c.facts.performance import Coefficients
from r1c.forecast import latency
from r1c.forecast.work import Work, of_prompt, of_step
from r1c.record import record

REPO = Path(__file__).resolve().parent.parent
TARGET = REPO / "compiler" / "r1c" / "facts" / "forecast_fit.yaml"
SEED = "r1c"
FOLDS = 5
TAILS = (0.05, 0.95)
START = Coefficients(
    bandwidth=1.2,
    arithmetic=2.0,
    attention=4.0,
    overhead=5e-5,
    routing=3e-5,
    all_reduce=1e-5,
    volume=6.0,
    prefill_pass=5.0,
    share=0.5,
    first=0.02,
    wait=0.06,
)
"""Where the search starts; the points, not these, decide (`_HOLD` is weak)."""
_KNEE, _HOLD, _STEPS, _SMALL = 0.15, 0.02, 60, 1e-6
Array = Any


@record
class Errors:
    """Logarithms of measured over forecast, point by point."""

    ttft: Array
    tpot: Array


@record
class Held:
    """Low and high factors of TTFT and TPOT."""

    ttft: tuple[float, float]
    tpot: tuple[float, float]


@record
class Coverage:
    """How many points were judged, and how many of their TTFT and TPOT lie in the ranges."""

    name: str
    points: int
    ttft: int
    tpot: int

    def percent(self) -> tuple[int, int]:
        """Return the shares in whole per cent, rounded down."""
        return 100 * self.ttft // self.points, 100 * self.tpot // self.points


@cache
def used() -> tuple[Point, ...]:
    """Return the points that are fitted or judged."""
    return tuple(point for point in forecast_points.points() if forecast_points.left_out(point) is None)


@cache
def judged_last() -> frozenset[str]:
    """Return the configurations that are never fitted: a third, by seed."""
    every = sorted({point.configuration for point in used()})
    return frozenset(random.Random(SEED).sample(every, len(every) // 3))  # noqa: S311  # no secret


@cache
def fitted() -> tuple[Point, ...]:
    """Return the points of the other two thirds."""
    return tuple(point for point in used() if point.configuration not in judged_last())


@cache
def work(point: Point) -> tuple[Work, Work]:
    """Return the work of a point's decode step and of its prompt."""
    serving = forecast_points.serving(point)
    context = point.input_len + point.output_len / 2
    return of_step(serving, point.concurrency, context), of_prompt(serving, point.input_len)


@record
class _Amounts:
    """The work, load and measurements of points, with an array for each."""

    steps: Work
    prompts: Work
    at_once: Array
    output_len: Array
    ttft: Array
    tpot: Array


def _amounts(points: tuple[Point, ...]) -> _Amounts:
    steps, prompts = zip(*map(work, points), strict=True)
    loads = ("concurrency", "output_len", "ttft", "tpot")
    arrays = [np.array([getattr(point, name) for point in points], float) for name in loads]
    return _Amounts(_stacked(steps), _stacked(prompts), *arrays)


def _stacked(works: Sequence[Work]) -> Work:
    arrays: dict[str, Any] = {
        name: np.array([getattr(item, name) for item in works], float) for name in _fields(Work)
    }
    return Work(**arrays)


def _fields(cls: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = cls.__match_args__
    return names


def errors(points: tuple[Point, ...], c: Coefficients) -> Errors:
    """Return how far the forecast of points is from what was measured."""
    return _errors(_amounts(points), c)


def _errors(of: _Amounts, c: Coefficients) -> Errors:
    step, prompt = latency.step(of.steps, c), latency.prompt(of.prompts, c)
    ttft = latency.ttft(step, prompt, prompt, of.at_once, of.output_len, c)
    tpot = latency.tpot(step, prompt, of.at_once, of.output_len, c)
    return Errors(np.log(of.ttft / ttft), np.log(of.tpot / tpot))


@cache
def fit(points: tuple[Point, ...]) -> Coefficients:
    """Return the coefficients with the least errors, large errors counted less (soft L1 of the logarithms).

    Gauss and Newton's method with damping, on the logarithms of the coefficients: each stays positive.
    """
    start, of = _logs(START), _amounts(points)

    def residuals(logs: Array) -> Array:
        found = _errors(of, _read(logs))
        return np.concatenate([found.ttft, found.tpot, _HOLD * (logs - start)])

    logs, damping = start, 1e-3
    now = residuals(logs)
    for _ in range(_STEPS):
        slope = np.stack([(residuals(logs + _SMALL * unit) - now) / _SMALL for unit in np.eye(len(logs))], 1)
        weight = 1 / np.sqrt(1 + (now / _KNEE) ** 2)
        square, side = slope.T @ (weight[:, None] * slope), slope.T @ (weight * now)
        move = np.linalg.solve(square + damping * np.diag(np.diag(square)), -side)
        then = residuals(logs + move)
        gained = _cost(now) - _cost(then)
        if gained > 0:
            logs, now, damping = logs + move, then, damping / 3
            if gained < _SMALL:
                break
        else:
            damping *= 4
    return _read(logs)


def loss(points: tuple[Point, ...], c: Coefficients) -> float:
    """Return what the fit makes small."""
    found = errors(points, c)
    hold = _HOLD * (_logs(c) - _logs(START))
    return _cost(np.concatenate([found.ttft, found.tpot, hold]))


def _cost(residuals: Array) -> float:
    return float(np.sum(np.sqrt(1 + (residuals / _KNEE) ** 2) - 1))


def _logs(c: Coefficients) -> Array:
    return np.log([getattr(c, name) for name in _fields(Coefficients)])


def _read(logs: Array) -> Coefficients:
    return Coefficients(**dict(zip(_fields(Coefficients), np.exp(logs), strict=True)))


def rounded(c: Coefficients) -> Coefficients:
    """Return coefficients with three digits, as the facts have them."""
    return Coefficients(**{name: float(f"{getattr(c, name):.3g}") for name in _fields(Coefficients)})


def model(point: Point) -> str:
    """Return what is held out of a fit when a model is."""
    return point.model


def gpu(point: Point) -> str:
    """Return what is held out of a fit when a GPU is."""
    return point.gpu


def fold(point: Point) -> str:
    """Return what is held out of a fit when a part of the configurations is."""
    return str(_folds()[point.configuration])


@cache
def _folds() -> dict[str, int]:
    every = sorted({point.configuration for point in used()})
    random.Random(f"{SEED} folds").shuffle(every)  # noqa: S311  # no secret
    return {configuration: number % FOLDS for number, configuration in enumerate(every)}


Group = Callable[[Point], str]


def held_out(points: tuple[Point, ...], group: Group) -> list[Errors]:
    """Return the errors on each group of points, forecast by a fit on the others."""
    result = []
    for name in sorted({group(point) for point in points}):
        inside = tuple(point for point in points if group(point) == name)
        result.append(errors(inside, fit(tuple(point for point in points if group(point) != name))))
    return result


def ranges(groups: Iterable[Errors], *, alike: bool) -> Held:
    """Return the factors between which 90 per cent of errors lie.

    With `alike`, each group of points has the same weight, whatever its size.
    """
    each = list(groups)
    sides = []
    for name in ("ttft", "tpot"):
        values = np.concatenate([getattr(item, name) for item in each])
        share = [np.full(len(item.ttft), 1 / len(item.ttft) if alike else 1.0) for item in each]
        sides.append(_quantiles(values, np.concatenate(share)))
    return Held(*sides)


def _quantiles(values: Array, share: Array) -> tuple[float, float]:
    order = np.argsort(values)
    reached = np.cumsum(share[order]) - share[order] / 2
    low, high = np.interp(TAILS, reached / share.sum(), values[order])
    return _factor(low), _factor(high)


def _factor(log: float) -> float:
    return float(f"{math.exp(log):.3g}")


def known_ranges(points: tuple[Point, ...]) -> Held:
    """Return the ranges for models on GPUs that have points: from configurations held out."""
    return ranges(held_out(points, fold), alike=False)


def new_ranges(points: tuple[Point, ...]) -> Held:
    """Return the ranges for other models and GPUs: from models held out, and GPUs."""
    return ranges([*held_out(points, model), *held_out(points, gpu)], alike=True)


def judge(name: str, found: Errors, held: Held) -> Coverage:
    """Count the points that lie in ranges."""
    inside = [
        int(np.sum((np.log(low) <= values) & (values <= np.log(high))))
        for values, (low, high) in ((found.ttft, held.ttft), (found.tpot, held.tpot))
    ]
    return Coverage(name, len(found.ttft), inside[0], inside[1])


def last_third() -> Coverage:
    """Judge the ranges for known models and GPUs on the third that no fit has seen."""
    points = tuple(point for point in used() if point.configuration in judged_last())
    return judge("the last third", errors(points, rounded(fit(fitted()))), known_ranges(fitted()))


def left_out_whole(group: Group) -> list[Coverage]:
    """Judge the ranges for new models and GPUs.

    For each group, both coefficients and ranges come from the other groups alone.
    """
    result = []
    for name in sorted({group(point) for point in used()}):
        others = tuple(point for point in used() if group(point) != name)
        inside = tuple(point for point in used() if group(point) == name)
        result.append(judge(name, errors(inside, rounded(fit(others))), new_ranges(others)))
    return result


def on_average(parts: Sequence[Coverage]) -> tuple[int, int]:
    """Return the mean of the coverages of TTFT and TPOT in whole per cent.

    Each model or GPU counts the same, whatever the number of its points.
    """
    mean = [
        sum(getattr(part, name) / part.points for part in parts) / len(parts) for name in ("ttft", "tpot")
    ]
    return math.floor(100 * mean[0]), math.floor(100 * mean[1])


def facts_text() -> str:
    """Return facts/forecast_fit.yaml."""
    known, new, last = known_ranges(fitted()), new_ranges(fitted()), last_third()
    c = rounded(fit(fitted()))
    lines = [
        "# Generated by tools/forecast_fit.py from tests/forecast/points.csv: do not edit.",
        "source: silicon_sample.csv of aiconfigurator-core 0.12.0, vLLM rows; tests/forecast/models.yaml",
        "date: 2026-11-28",
        f"points: {len(fitted())}",
        "coefficients:",
        *(f"  {_key(name)}: {getattr(c, name):.10f}".rstrip("0") for name in _fields(Coefficients)),
        "ranges:                    # factors on the likely value; coverage in per cent of TTFT and TPOT",
        "  measured:                # models on GPUs that have points",
        *_ranges(known, {"configurations": last.percent()}),
        "  other:",
        *_ranges(
            new,
            {"models": on_average(left_out_whole(model)), "GPUs": on_average(left_out_whole(gpu))},
        ),
        "span:",
        *_span(),
        "measured:",
        *(
            f"- {{model: {model_}, gpu: {gpu_}, format: {format_}}}"
            for model_, gpu_, format_ in sorted({_what(point) for point in fitted()})
        ),
    ]
    return "\n".join(lines) + "\n"


def _ranges(held: Held, coverage: dict[str, tuple[int, int]]) -> Iterator[str]:
    yield f"    ttft: [{held.ttft[0]:g}, {held.ttft[1]:g}]"
    yield f"    tpot: [{held.tpot[0]:g}, {held.tpot[1]:g}]"
    inside = ", ".join(f"{name}: [{ttft}, {tpot}]" for name, (ttft, tpot) in coverage.items())
    yield f"    coverage: {{{inside}}}"


def _span() -> Iterator[str]:
    for name in ("input_len", "output_len", "concurrency"):
        every = [getattr(point, name) for point in fitted()]
        yield f"  {_key(name)}: [{min(every)}, {max(every)}]"
    releases = sorted(
        {point.vllm for point in fitted() if re.fullmatch(r"v[\d.]+", point.vllm)},
        key=lambda release: [int(number) for number in release[1:].split(".")],
    )
    yield f"  vllm: [{releases[0]}, {releases[-1]}]"


def _what(point: Point) -> tuple[str, str, str]:
    return forecast_points.shape(point), point.gpu, forecast_points.serving(point).cut.format.method


def _key(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def main() -> int:
    """Write the facts, their table and docs/forecast.md."""
    import fact_tables
    import forecast_page

    TARGET.write_text(facts_text(), encoding="utf-8")
    fact_tables.main()
    forecast_page.TARGET.write_text(forecast_page.page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
