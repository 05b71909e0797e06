"""`r1c report`: profiles -> one HTML page for a reviewer."""

from __future__ import annotations

import os
from collections.abc import Sequence

from r1c.commands import forecast_report, inputs
from r1c.commands.console import Console
from r1c.commands.traced_profile import traced
from r1c.diagnostics import Diagnostic, UserError
from r1c.diagnostics.text import as_text
from r1c.forecast import Forecast, forecast
from r1c.forecast.load import of_benchmark, without_lengths
from r1c.output.disk import put, read
from r1c.record import record
from r1c.report.contents import Expected, Load, Made, Recipe, Since
from r1c.report.page import MARK, page, template
from r1c.resolve.plan import Plan
from r1c.source import credentials

STDOUT = "-"


@record
class Options:
    """The options of the command; `rev` is None where nothing is compared."""

    profiles: Sequence[str]
    output: str
    rev: str | None


def run(console: Console, options: Options) -> int:
    """Write the page; return 1 if a profile has errors, which the page shows too.

    Raises UserError if the page would replace a file that is not a report.
    """
    if options.output != STDOUT:
        _refuse_other(options.output)
    form = template()
    recipes = [recipe(path) for path in inputs.profiles(options.profiles)]
    console.report(as_text(_errors(recipes), colour=console.colour()))
    since = None if options.rev is None else _since(console, options.rev, options.profiles, recipes)
    text = page(form, recipes, since)
    if options.output == STDOUT:
        console.result(text)
    else:
        _write(options.output, text)
        console.note(f"created: {options.output}")
    return 1 if any(item.made is None for item in recipes) else 0


def recipe(path: str) -> Recipe:
    """Return what the page shows of a profile."""
    raw = inputs.read(path)
    checked = inputs.analysed(path, raw)
    shown = inputs.shown(path)
    if checked.plan is None:
        name = inputs.name_of(inputs.repository(path), path, raw) or shown
        return Recipe(shown, credentials.starred(name), checked.diagnostics, None)
    run = traced(path, raw, checked)
    made = Made(checked.plan, _expected(checked.plan), run.files, run.run.facts_of_figures())
    return Recipe(shown, checked.plan.name, checked.diagnostics, made)


def _errors(recipes: Sequence[Recipe]) -> list[Diagnostic]:
    """Return what was found in the profiles that are refused."""
    return [item for one in recipes if one.made is None for item in one.diagnostics]


def _expected(plan: Plan) -> Expected:
    found = [item for load in of_benchmark(plan) if (item := forecast(plan, load))]
    about = " ".join(forecast_report.footer(found)) if found else ""
    missing = forecast_report.missing(plan, without_lengths(plan))
    return Expected(missing, tuple(_load(plan, item) for item in found), about)


def _load(plan: Plan, item: Forecast) -> Load:
    rows = []
    for name, expected, times, unit in forecast_report.figures(plan, item, None):
        three = (expected.low, expected.likely, expected.high)
        low, likely, high = (f"{forecast_report.shown(value * times)}{unit}" for value in three)
        rows.append((name, low, likely, high))
    remarks = tuple(
        f"{remark[:1].upper()}{remark[1:].rstrip('.')}." for remark in forecast_report.remarks(item)
    )
    return Load(item.load.name, forecast_report.at_once(item), tuple(rows), remarks)


def _since(console: Console, revision: str, arguments: Sequence[str], recipes: Sequence[Recipe]) -> Since:
    """Compare with a revision; errors that are not those of the recipes are of a profile of the revision."""
    from r1c.commands.diff_revision import since

    found = since(revision, arguments, None)
    known = {recipe.profile for recipe in recipes}
    past = [item for name, diagnostics in found.refused.items() if name not in known for item in diagnostics]
    console.report(as_text(past, colour=console.colour()))
    return Since(revision, found.differences, tuple(found.refused))


def _refuse_other(output: str) -> None:
    """Raise UserError if something other than a report is in the place of the page."""
    if not os.path.lexists(output):
        return
    try:
        report = os.path.isfile(output) and read(output, len(MARK)) == MARK.encode()
    except OSError as error:
        raise UserError(f"{output}: cannot be read: {error.strerror}") from error
    if not report:
        raise UserError(f"{output}: already exists and is not a report; write the report to another file")


def _write(output: str, text: str) -> None:
    """Write the page whole or not at all, and create its directory; raises UserError."""
    try:
        os.makedirs(os.path.dirname(output) or os.curdir, exist_ok=True)
        put(output, text.encode(), lasting=False)
    except OSError as error:
        raise UserError(f"{error.filename or output}: cannot be written: {error.strerror}") from error
