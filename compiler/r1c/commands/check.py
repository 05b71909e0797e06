"""`r1c check`: diagnostics only."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from r1c.check import ownership
from r1c.check.ownership import Owner
from r1c.commands import inputs
from r1c.commands.across_recipes import shared_objects
from r1c.commands.console import Console
from r1c.commands.progress import counted
from r1c.commands.worker_processes import spread
from r1c.diagnostics import Diagnostic, Refused
from r1c.diagnostics.text import as_json, as_text
from r1c.pipeline import Checked
from r1c.record import record
from r1c.source import ordered
from r1c.source.extends import Reader


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
    contents = {path: inputs.read(path) for path in paths if not os.path.isfile(path)}

    def read(path: str) -> bytes:
        return contents[path] if path in contents else inputs.read(path)

    work = partial(_checked, contents=contents, strict=strict)
    checked = list(counted(spread(work, paths), len(paths), console))
    diagnostics, status = conclude(paths, checked, read, strict=strict)
    left = _orphans(gone) if gone else []
    diagnostics += left
    report(console, diagnostics, form, read)
    if not diagnostics and form not in FORMATS:
        console.note(clean(paths))
    return 1 if strict and left else status


def conclude(
    paths: Sequence[str], checked: Sequence[Judged], read: Reader, *, strict: bool
) -> tuple[list[Diagnostic], int]:
    """Return what was found in profiles and between them, and 1 if one is refused.

    `read` reads a profile by its path again.
    """
    owners = [item.owner for item in checked if item.owner]
    shared = shared_objects(owners, read)
    diagnostics = [
        found
        for path, item in zip(paths, checked, strict=True)
        for found in ordered((*item.diagnostics, *shared.get(inputs.shown(path), ())))
    ]
    return diagnostics, 1 if any(item.refused for item in checked) or (strict and shared) else 0


def clean(paths: Sequence[str]) -> str:
    """Say that profiles have no faults."""
    return f"{len(paths)} profile{'s' if len(paths) > 1 else ''} checked, no faults found"


def report(console: Console, diagnostics: Sequence[Diagnostic], form: str, read: Reader) -> None:
    """Print diagnostics; `read` reads a file by its path, for the lines that an edit replaces."""
    if form in FORMATS and any(item.edit for item in diagnostics):
        from r1c.fix.located import located

        stdin = inputs.shown(inputs.STDIN)
        diagnostics = located(diagnostics, lambda file: read(inputs.STDIN if file == stdin else file))
    _report(console, diagnostics, form)


def _left(argument: str, found: list[str]) -> bool:
    """Tell whether a directory without a recipe still has outputs, and note it in `found`."""
    from r1c.commands import orphans

    has = orphans.without_recipes(None)(argument)
    if has:
        found.append(argument)
    return has


def _orphans(arguments: Sequence[str]) -> list[Diagnostic]:
    """Return what is said about the outputs of directories without a recipe."""
    from r1c.commands import orphans

    return [
        orphans.diagnostic(item, None, [argument], None)
        for argument in arguments
        for item in orphans.orphans([argument], (), None)
    ]


def _report(console: Console, diagnostics: Sequence[Diagnostic], form: str) -> None:
    if form in FORMATS:
        console.result(FORMATS[form](diagnostics))
    else:
        console.report(as_text(diagnostics, colour=console.colour()))


@record
class Judged:
    """The diagnostics of a profile, in the order of the file, whether they refuse it, and what it owns."""

    diagnostics: tuple[Diagnostic, ...]
    refused: bool
    owner: Owner | None


def judged(path: str, checked: Checked, *, strict: bool) -> Judged:
    """Return what is said about a profile that was checked."""
    owner = ownership.owner(path, inputs.shown(path), checked.plan) if checked.plan else None
    return Judged(checked.diagnostics, checked.refused(strict=strict), owner)


def _checked(path: str, contents: Mapping[str, bytes], *, strict: bool) -> Judged:
    content = contents[path] if path in contents else inputs.read(path)
    return judged(path, inputs.analysed(path, content), strict=strict)
