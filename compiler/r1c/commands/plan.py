"""`r1c plan`: the figures of a recipe, what to expect of it under load, and what it costs."""

from __future__ import annotations

from r1c.commands import forecast_report, inputs, plan_report
from r1c.commands.console import Console
from r1c.diagnostics.text import as_text, printable
from r1c.forecast import cost, forecast
from r1c.forecast.load import of_benchmark, read, without_lengths
from r1c.record import record


@record
class Asked:
    """A load instead of the benchmark's, and the price of a GPU hour, as written."""

    load: str | None
    price: str | None


def run(console: Console, profile: str, form: str, asked: Asked) -> int:
    """Print the plan of a profile; return 1 if the profile is refused."""
    load = None if asked.load is None else read(asked.load)
    price = None if asked.price is None else cost.price(asked.price)
    checked = inputs.analysed(profile)
    console.report(as_text(checked.diagnostics, colour=console.colour()))
    plan = checked.plan
    if plan is None:
        return 1
    asked_for, left_out = ((load,), ()) if load else (of_benchmark(plan), without_lengths(plan))
    expected = [found for one in asked_for if (found := forecast(plan, one))]
    if form == "json":
        console.result(plan_report.as_json(plan, expected, price))
    else:
        text = plan_report.as_text(plan) + forecast_report.as_text(plan, expected, price, left_out)
        console.result("\n".join(map(printable, text.split("\n"))))
    return 0
