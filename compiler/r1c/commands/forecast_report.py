"""Forecasts of a plan -> text, or data for JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from r1c.commands.entries import WIDTH, row
from r1c.diagnostics.suggest import counted
from r1c.facts import performance
from r1c.forecast import Expected, Forecast, cost, unforecast
from r1c.forecast.load import MS, NO_LIMIT, Load
from r1c.resolve.plan import Plan


def as_data(plan: Plan, forecasts: Sequence[Forecast], price: float | None) -> list[dict[str, Any]]:
    """Return the forecasts for JSON; milliseconds and tokens a second, with three digits."""
    return [_data(plan, item, price) for item in forecasts]


def _data(plan: Plan, item: Forecast, price: float | None) -> dict[str, Any]:
    return {
        "load": {"name": item.load.name, **load_data(item.load)},
        "requests_at_once": item.at_once,
        "ttft_ms": numbers(item.ttft, MS),
        "tpot_ms": numbers(item.tpot, MS),
        "tokens_per_s_per_user": numbers(item.user_rate),
        "tokens_per_s_per_gpu": numbers(item.gpu_rate),
        "output_tokens_per_s": numbers(item.output_rate),
        "saturated": item.saturated,
        "cost_per_million_output_tokens": None
        if price is None
        else numbers(cost.of_a_million(plan, price, item)),
        "not_measured": list(item.unmeasured),
        "range_factor": float(f"{item.factor:.3g}"),
        "coverage_percent": {
            part.held_out: {"ttft": part.ttft, "tpot": part.tpot} for part in item.ranges.coverage
        },
    }


def load_data(load: Load) -> dict[str, Any]:
    """Return a load for JSON."""
    return {
        "input_len": load.input_len,
        "output_len": load.output_len,
        "requests_in_flight": None if load.in_flight == NO_LIMIT else load.in_flight,
        "request_rate": load.rate,
    }


def numbers(expected: Expected, times: float = 1) -> dict[str, float]:
    """Return a range for JSON, with three digits."""
    names = ("low", "likely", "high")
    return {name: float(f"{getattr(expected, name) * times:.3g}") for name in names}


def as_text(plan: Plan, forecasts: Sequence[Forecast], price: float | None, left_out: Sequence[str]) -> str:
    """Write the forecasts, and the cost if there is a price, as lines of at most 100 columns.

    `left_out` are the names of points whose lengths are not known.
    """
    lines: list[str] = []
    if price is not None:
        lines += ["", row("Cost", by_hour(plan, price))]
    reason = missing(plan, left_out)
    if reason:
        lines += ["", *textwrap.wrap(reason, WIDTH)]
    if forecasts:
        lines += ["", _line("Forecast", "low", "likely", "high")]
        for item in forecasts:
            lines += _block(plan, item, price)
        lines += ["", *footer(forecasts)]
    return "".join(f"{line}\n" for line in lines)


def by_hour(plan: Plan, price: float) -> str:
    """Say what all groups cost an hour."""
    gpus = plan.group.gpus * plan.group.replicas
    each = f"{counted(gpus, 'GPU')} at {price:,.2f}"
    return f"{cost.by_hour(plan, price):,.2f} an hour: {each}"


def missing(plan: Plan, left_out: Sequence[str]) -> str | None:
    """Say why a plan or some of its points have no forecast; None if all have one."""
    reason = unforecast(plan)
    if reason:
        return f"No forecast: {reason}."
    why = "a data set has its own lengths; --load INPUT/OUTPUT/REQUESTS takes others"
    return f"No forecast for {', '.join(left_out)}: {why}." if left_out else None


def figures(plan: Plan, item: Forecast, price: float | None) -> Iterator[tuple[str, Expected, float, str]]:
    """Yield each figure of a forecast: its name, its range, what to multiply it by, and the unit then."""
    yield "TTFT", item.ttft, MS, " ms"
    yield "TPOT", item.tpot, MS, " ms"
    yield "output tokens/s per user", item.user_rate, 1, ""
    yield "output tokens/s per GPU", item.gpu_rate, 1, ""
    if price is not None:
        yield "cost of a million output tokens", cost.of_a_million(plan, price, item), 1, ""


def _block(plan: Plan, item: Forecast, price: float | None) -> Iterator[str]:
    yield from textwrap.wrap(_load(item), WIDTH, subsequent_indent="  ")
    for name, expected, times, unit in figures(plan, item, price):
        yield _expected(name, expected, times, unit)
    for text in remarks(item):
        yield from textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")


def remarks(item: Forecast) -> Iterator[str]:
    """Yield what must be said about the figures of a forecast."""
    if item.saturated:
        yield "Requests arrive faster than they are served: their wait grows, and TTFT leaves it out."
    if item.unmeasured:
        yield f"not measured, so wider by a factor of {item.factor:.2f}: {'; '.join(item.unmeasured)}"


def _load(item: Forecast) -> str:
    return f"{item.load.name}: {at_once(item)}"


def at_once(item: Forecast) -> str:
    """Write the load of a forecast, with the requests at once where these are fewer than asked for."""
    load, text = item.load, of_load(item.load)
    served = load.rate is None and item.at_once >= load.in_flight
    return text if served else f"{text}, {item.at_once:,} at once"


def of_load(load: Load) -> str:
    """Write a load in words."""
    if load.rate is not None:
        requests = f"{load.rate:g} requests a second"
    else:
        requests = f"{counted(load.in_flight, 'request')} {'sent together' if load.once else 'in flight'}"
    return f"{load.input_len:,} tokens in, {load.output_len:,} out, {requests}"


def footer(forecasts: Sequence[Forecast]) -> Iterator[str]:
    """Yield lines that say what the forecasts were fitted to, and how often their ranges held."""
    fit = performance.fit()
    first, last = fit.span.vllm
    text = f"Fitted to {fit.points} points measured on one node with vLLM {first} to {last}."
    held = [
        f"{part.ttft} % of TTFT and {part.tpot} % of TPOT of {part.held_out} that the fit had not seen"
        for part in dict.fromkeys(part for item in forecasts for part in item.ranges.coverage)
    ]
    text += f" The ranges held {', '.join(held)}"
    wider = any(item.unmeasured for item in forecasts)
    text += (
        "; what was not measured is an assumption (docs/forecast.md)." if wider else " (docs/forecast.md)."
    )
    yield from textwrap.wrap(text, WIDTH)


def _expected(name: str, expected: Expected, times: float = 1, unit: str = "") -> str:
    cells = [f"{shown(value * times)}{unit}" for value in (expected.low, expected.likely, expected.high)]
    return _line(f"  {name}", *cells)


def _line(name: str, *cells: str) -> str:
    return f"{name:<34}{''.join(f'{cell:>16}' for cell in cells)}"


def shown(value: float, digits: int = 3) -> str:
    """Write a figure with two or three significant digits."""
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if rounded >= 10 ** (digits - 1) else f"{rounded:#.{digits}g}".rstrip(".")
