"""`r1c check`: diagnostics only."""

from __future__ import annotations

from collections.abc import Sequence

from r1c import render
from r1c.commands import inputs
from r1c.console import Console
from r1c.pipeline import analyse
from r1c.source import ordered


def run(console: Console, profiles: Sequence[str], form: str, *, strict: bool) -> int:
    """Check profiles; return 1 if one is refused."""
    paths = inputs.profiles(profiles)
    checked = [analyse(inputs.shown(path), inputs.read(path)) for path in paths]
    diagnostics = [item for one in checked for item in ordered(one.diagnostics)]
    if form == "json":
        console.result(render.as_json(diagnostics))
    elif diagnostics:
        console.report(render.text(diagnostics, colour=console.colour()))
    else:
        console.note(f"{len(paths)} profile{'s' if len(paths) > 1 else ''} checked, nothing to report")
    return 1 if any(one.refused(strict=strict) for one in checked) else 0
