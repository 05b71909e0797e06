"""`r1c plan`: the figures of a recipe, its forecast under load, and its cost."""

from __future__ import annotations

from r1c.commands import forecast_markdown, forecast_report, inputs, plan_report
from r1c.commands.console import Console
from r1c.diagnostics import UserError
from r1c.diagnostics.text import as_text, printable
from r1c.forecast import cost, forecast
from r1c.forecast.load import of_benchmark, read, without_lengths
from r1c.picture import markdown, svg
from r1c.record import record


@record
class Asked:
    """A load instead of the benchmark's, and the price of a GPU hour, as written."""

    load: str | None
    price: str | None


def run(console: Console, profile: str, form: str, asked: Asked) -> int:
    """Print the plan of a profile; return 1 if the profile is refused.

    Raises UserError for a load or a price that is invalid, or that the form has no place for.
    """
    if form == "svg" and (asked.load is not None or asked.price is not None):
        option = "--load" if asked.load is not None else "--price-per-gpu-hour"
        raise UserError(f"--format svg has no forecast; leave out {option}, or use --format markdown")
    load = None if asked.load is None else read(asked.load)
    price = None if asked.price is None else cost.price(asked.price)
    checked = inputs.analysed(profile)
    console.report(as_text(checked.diagnostics, colour=console.colour()))
    plan = checked.plan
    if plan is None:
        return 1
    if form == "svg":
        console.result(svg.page(plan))
        return 0
    asked_for, left_out = ((load,), ()) if load else (of_benchmark(plan), without_lengths(plan))
    expected = [found for one in asked_for if (found := forecast(plan, one))]
    if form == "json":
        console.result(plan_report.as_json(plan, expected, price))
    elif form == "markdown":
        console.result(markdown.page(plan) + forecast_markdown.as_markdown(plan, expected, price, left_out))
    else:
        text = plan_report.as_text(plan) + forecast_report.as_text(plan, expected, price, left_out)
        console.result("\n".join(map(printable, text.split("\n"))))
    return 0
