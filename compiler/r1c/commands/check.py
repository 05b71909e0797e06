"""`r1c check`: diagnostics only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from r1c import render
from r1c.commands import inputs
from r1c.console import Console
from r1c.diagnostics import Diagnostic
from r1c.pipeline import analyse
from r1c.progress import counted
from r1c.source import ordered
from r1c.workers import spread


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
    checked = list(counted(spread(partial(_checked, strict=strict), paths), len(paths), console))
    diagnostics = [item for found, _ in checked for item in found]
    if form in FORMATS:
        console.result(FORMATS[form](diagnostics))
    elif diagnostics:
        console.report(render.text(diagnostics, colour=console.colour()))
    else:
        console.note(f"{len(paths)} profile{'s' if len(paths) > 1 else ''} checked, nothing to report")
    return 1 if any(refused for _, refused in checked) else 0


def _checked(path: str, *, strict: bool) -> tuple[tuple[Diagnostic, ...], bool]:
    """Return the diagnostics of a profile, in the order of the file, and whether they refuse it."""
    checked = analyse(inputs.shown(path), inputs.read(path), inputs.beside(path))
    return tuple(ordered(checked.diagnostics)), checked.refused(strict=strict)
