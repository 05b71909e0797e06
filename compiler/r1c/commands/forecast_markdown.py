"""Forecasts of a plan -> tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c.commands import forecast_report
from r1c.diagnostics.markdown import cells, code, escaped
from r1c.forecast import Forecast
from r1c.resolve.plan import Plan


def as_markdown(
    plan: Plan, forecasts: Sequence[Forecast], price: float | None, left_out: Sequence[str]
) -> str:
    """Write the forecasts, and the cost if there is a price; `left_out` are points without known lengths."""
    lines = list(_lines(plan, forecasts, price, left_out))
    return "".join(f"{line}\n" for line in ("", "### Forecast", *lines)) if lines else ""


def _lines(
    plan: Plan, forecasts: Sequence[Forecast], price: float | None, left_out: Sequence[str]
) -> Iterator[str]:
    if price is not None:
        yield from ("", f"Cost: {forecast_report.by_hour(plan, price)}.")
    reason = forecast_report.missing(plan, left_out)
    if reason:
        yield from ("", escaped(reason))
    for item in forecasts:
        yield from ("", f"{code(item.load.name)}: {forecast_report.at_once(item)}", "")
        yield from ("| | low | likely | high |", "|---|---:|---:|---:|")
        for name, expected, times, unit in forecast_report.figures(plan, item, price):
            three = (expected.low, expected.likely, expected.high)
            yield cells(name, *(f"{forecast_report.shown(value * times)}{unit}" for value in three))
        for remark in forecast_report.remarks(item):
            yield from ("", f"{escaped(remark[:1].upper() + remark[1:].rstrip('.'))}.")
    if forecasts:
        yield from ("", " ".join(forecast_report.footer(forecasts)))
