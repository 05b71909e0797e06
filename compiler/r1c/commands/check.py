"""`r1c check`: diagnostics only."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from r1c.check import ownership
from r1c.check.ownership import Owner
from r1c.commands import inputs, orphans
from r1c.commands.across_recipes import shared_objects
from r1c.commands.console import Console
from r1c.commands.progress import counted
from r1c.commands.worker_processes import spread
from r1c.diagnostics import Diagnostic, Refused
from r1c.diagnostics.text import as_json, as_text
from r1c.record import record
from r1c.source import ordered


def _sarif(diagnostics: Sequence[Diagnostic]) -> str:
    from r1c.codes import CODES
    from r1c.diagnostics.sarif import sarif

    return sarif(diagnostics, CODES)


def _github(diagnostics: Sequence[Diagnostic]) -> str:
    from r1c.diagnostics import github

    return github.commands(diagnostics)


FORMATS: Mapping[str, Callable[[Sequence[Diagnostic]], str]] = {
    "json": as_json,
    "sarif": _sarif,
    "github": _github,
}
"""The formats for tools, on standard output; text is for people, on standard error."""


def run(console: Console, profiles: Sequence[str], form: str, *, strict: bool) -> int:
    """Check profiles; return 1 if one is refused."""
    gone: list[str] = []
    try:
        paths = inputs.profiles(profiles, partial(_left, found=gone))
    except Refused as refused:
        _report(console, refused.diagnostics, form)
        return 1
    # A pipe can be read only once.
    contents = {path: inputs.read(path) for path in paths if len(paths) > 1 and not os.path.isfile(path)}
    work = partial(_checked, contents=contents, strict=strict)
    checked = list(counted(spread(work, paths), len(paths), console))
    owners = [item.owner for item in checked if item.owner]
    shared = shared_objects(owners, lambda path: contents[path] if path in contents else inputs.read(path))
    diagnostics = [
        found
        for path, item in zip(paths, checked, strict=True)
        for found in ordered((*item.diagnostics, *shared.get(inputs.shown(path), ())))
    ]
    left = [
        orphans.diagnostic(item, None, [argument], None)
        for argument in gone
        for item in orphans.orphans([argument], (), None)
    ]
    diagnostics += left
    _report(console, diagnostics, form)
    if not diagnostics and form not in FORMATS:
        console.note(f"{len(paths)} profile{'s' if len(paths) > 1 else ''} checked, no faults found")
    return 1 if any(item.refused for item in checked) or (strict and (shared or left)) else 0


def _left(argument: str, found: list[str]) -> bool:
    """Tell whether a directory without a recipe still has outputs, and note it in `found`."""
    has = orphans.without_recipes(None)(argument)
    if has:
        found.append(argument)
    return has


def _report(console: Console, diagnostics: Sequence[Diagnostic], form: str) -> None:
    if form in FORMATS:
        console.result(FORMATS[form](diagnostics))
    else:
        console.report(as_text(diagnostics, colour=console.colour()))


@record
class _Result:
    """The diagnostics of a profile, in the order of the file, whether they refuse it, and what it owns."""

    diagnostics: tuple[Diagnostic, ...]
    refused: bool
    owner: Owner | None


def _checked(path: str, contents: Mapping[str, bytes], *, strict: bool) -> _Result:
    content = contents[path] if path in contents else inputs.read(path)
    checked = inputs.analysed(path, content)
    owner = ownership.owner(path, inputs.shown(path), checked.plan) if checked.plan else None
    return _Result(checked.diagnostics, checked.refused(strict=strict), owner)
