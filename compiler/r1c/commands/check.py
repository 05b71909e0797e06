"""`r1c check`: diagnostics only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from r1c import render
from r1c.commands import inputs
from r1c.console import Console
from r1c.diagnostics import Diagnostic
from r1c.pipeline import analyse
from r1c.source import ordered


def _sarif(diagnostics: Sequence[Diagnostic]) -> str:
    from r1c.codes import CODES
    from r1c.sarif import sarif

    return sarif(diagnostics, CODES)


def _github(diagnostics: Sequence[Diagnostic]) -> str:
    from r1c import github

    return github.commands(diagnostics)


FORMATS: Mapping[str, Callable[[Sequence[Diagnostic]], str]] = {
    "json": render.as_json,
    "sarif": _sarif,
    "github": _github,
}
"""The formats for tools, which are the result of the command; text is for people, on standard error."""


def run(console: Console, profiles: Sequence[str], form: str, *, strict: bool) -> int:
    """Check profiles; return 1 if one is refused."""
    paths = inputs.profiles(profiles)
    checked = [analyse(inputs.shown(path), inputs.read(path), inputs.beside(path)) for path in paths]
    diagnostics = [item for one in checked for item in ordered(one.diagnostics)]
    if form in FORMATS:
        console.result(FORMATS[form](diagnostics))
    elif diagnostics:
        console.report(render.text(diagnostics, colour=console.colour()))
    else:
        console.note(f"{len(paths)} profile{'s' if len(paths) > 1 else ''} checked, nothing to report")
    return 1 if any(one.refused(strict=strict) for one in checked) else 0
