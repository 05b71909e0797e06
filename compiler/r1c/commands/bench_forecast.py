"""`r1c bench compare PROFILE RESULTS`: measured results against the forecast of the profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c.bench import forecasts
from r1c.bench.result import Result
from r1c.commands import inputs
from r1c.commands.console import Console
from r1c.diagnostics import UserError
from r1c.diagnostics.text import as_text
from r1c.forecast import unforecast
from r1c.resolve.plan import Plan


def planned(console: Console, profile: str) -> Plan | None:
    """Return the plan of a profile; None, with its faults reported, if it is refused."""
    checked = inputs.analysed(profile)
    if checked.plan is None:
        console.report(as_text(checked.diagnostics, colour=console.colour()))
    return checked.plan


def rows(plan: Plan, results: Sequence[Result]) -> list[forecasts.Row]:
    """Return the figures beside their forecast; raises UserError where there is no forecast."""
    reason = unforecast(plan)
    if reason:
        raise UserError(f"{plan.name} has no forecast: {reason}")
    return list(forecasts.rows(plan, results))


def doubts(plan: Plan, results: Sequence[Result]) -> Iterator[str]:
    """Yield what the reader must know before believing the comparison."""
    served = {plan.model.id, plan.model.served_name}
    for result in results:
        name = result.point or result.source
        measured = result.settings.get("model")
        if measured and measured not in served:
            yield f"{name} was measured with {measured}, and the profile serves {plan.model.id}"
        if forecasts.load_of(result) is None:
            yield f"{name} does not say how many tokens its requests have, so there is no forecast for it"
