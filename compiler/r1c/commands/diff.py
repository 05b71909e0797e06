"""`r1c diff`: profiles, outputs on disk or a git revision -> what changes on the cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from r1c.commands.console import Console
from r1c.commands.diff_inputs import listed, output, recipes
from r1c.diagnostics import UserError
from r1c.difference import Difference, difference, report_text, side
from r1c.difference.matching import RecipeFile, match
from r1c.difference.report_json import as_json
from r1c.difference.report_markdown import as_markdown
from r1c.output.disk import LARGEST_OUTPUT
from r1c.output.existing import Conflict, look
from r1c.output.lock import LOCK
from r1c.record import record
from r1c.resolve.plan import Plan

FORMS: Mapping[str, Callable[[Sequence[Difference]], str]] = {"markdown": as_markdown, "json": as_json}
"""The formats other than text."""


@record
class Options:
    """The options of the command."""

    old: str
    new: str | None
    rev: str | None
    output: str
    form: str


def run(console: Console, options: Options) -> int:
    """Print the differences; return 1 if there is one, or if a profile is refused."""
    found = _differences(options)
    colour = console.colour() and sys.stdout is not None and sys.stdout.isatty()
    form = FORMS.get(options.form, partial(report_text.as_text, colour=colour))
    console.result(form(found))
    return 1 if any(item.entries for item in found) else 0


def _differences(options: Options) -> list[Difference]:
    if options.new is not None and options.rev is not None:
        raise UserError("--rev compares OLD with its own past: remove NEW")
    if options.rev is not None:
        from r1c.commands.diff_revision import since

        return list(since(options.rev, options.old, options.output))
    if options.new is None:
        return [_with_disk(options, recipe, plan) for recipe, plan in recipes(options.old)]
    if Path(options.old).is_dir() != Path(options.new).is_dir():
        raise UserError(f"{options.old} and {options.new}: give two profiles, or two directories")
    old, new = dict(recipes(options.old)), dict(recipes(options.new))
    return [
        difference(
            side.of_plan(old[before], before.shown) if before else None,
            side.of_plan(new[after], after.shown) if after else None,
        )
        for before, after in match(list(old), list(new))
    ]


def _with_disk(options: Options, recipe: RecipeFile, plan: Plan) -> Difference:
    """Compare a profile with the files of its output directory that are r1c's."""
    new = side.of_profile(plan, recipe.shown)
    target = Path(options.output, plan.name)
    paths = set(new.files)
    if isinstance(look(target, LOCK), str):
        paths |= {LOCK, *listed(_content(target, LOCK), f"{target.as_posix()}/{LOCK}")}
    files = {path: _content(target, path) for path in sorted(paths) if look(target, path) is not None}
    return difference(output(files, target.as_posix(), new, plan), new)


def _content(target: Path, path: str) -> bytes:
    at = look(target, path)
    if isinstance(at, Conflict):
        raise UserError(f"{(target / at.path).as_posix()}: {at.reason}; {at.help}")
    place = target / path
    try:
        if place.stat().st_size > LARGEST_OUTPUT:
            raise UserError(
                f"{place.as_posix()}: {place.stat().st_size} bytes, more than any file of r1c has"
            )
        return place.read_bytes()
    except OSError as error:
        raise UserError(f"{place.as_posix()}: cannot be read: {error.strerror}") from error
