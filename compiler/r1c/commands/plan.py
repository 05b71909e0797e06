"""`r1c plan`: the figures of a recipe."""

from __future__ import annotations

from r1c.commands import inputs, plan_report
from r1c.commands.console import Console
from r1c.diagnostics.text import as_text, printable
from r1c.pipeline import analyse


def run(console: Console, profile: str, form: str) -> int:
    """Print the plan of a profile; return 1 if the profile is refused."""
    checked = analyse(inputs.shown(profile), inputs.read(profile), inputs.beside(profile))
    console.report(as_text(checked.diagnostics, colour=console.colour()))
    if checked.plan is None:
        return 1
    if form == "json":
        console.result(plan_report.as_json(checked.plan))
    else:
        lines = plan_report.as_text(checked.plan).split("\n")
        console.result("\n".join(map(printable, lines)))
    return 0
