"""`r1c diff`: profiles, outputs on disk or a git revision -> what changes on the cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from r1c import lock as locks
from r1c import render, source
from r1c.commands import inputs
from r1c.console import Console
from r1c.diagnostics import Diagnostic, UserError
from r1c.difference import Difference, difference, sides
from r1c.difference import revision as revisions
from r1c.difference.matching import Recipe, match
from r1c.difference.report_json import as_json
from r1c.difference.report_markdown import as_markdown
from r1c.difference.report_text import as_text
from r1c.difference.revision import Revision
from r1c.difference.sides import Side
from r1c.output import Conflict, look
from r1c.pipeline import Checked, analyse
from r1c.plan import Plan
from r1c.record import record

FORMS: Mapping[str, Callable[[Sequence[Difference]], str]] = {"markdown": as_markdown, "json": as_json}
"""The formats beside text."""


@record
class Options:
    """What the user asked for."""

    old: str
    new: str | None
    rev: str | None
    output: str
    form: str


class Refused(Exception):
    """Profiles with errors: there is nothing to compare."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__()
        self.diagnostics = diagnostics


def run(console: Console, options: Options) -> int:
    """Print the differences; return 1 if there is one, or if a profile is refused."""
    try:
        found = _differences(options)
    except Refused as refused:
        console.report(render.text(refused.diagnostics, colour=console.colour()))
        return 1
    colour = console.colour() and sys.stdout is not None and sys.stdout.isatty()
    console.result(FORMS[options.form](found) if options.form in FORMS else as_text(found, colour=colour))
    return 1 if any(item.entries for item in found) else 0


def _differences(options: Options) -> list[Difference]:
    if options.new is not None and options.rev is not None:
        raise UserError("--rev compares OLD with its own past: leave NEW out")
    if options.rev is not None:
        return list(_with_revision(options, options.rev))
    if options.new is None:
        return [_with_disk(options, recipe, plan) for recipe, plan in _recipes(options.old)]
    if Path(options.old).is_dir() != Path(options.new).is_dir():
        raise UserError(f"{options.old} and {options.new}: give two profiles, or two directories")
    old, new = dict(_recipes(options.old)), dict(_recipes(options.new))
    return [
        difference(
            sides.of_plan(old[before], before.shown) if before else None,
            sides.of_plan(new[after], after.shown) if after else None,
        )
        for before, after in match(list(old), list(new))
    ]


def _recipes(argument: str) -> list[tuple[Recipe, Plan]]:
    """Return the recipes of a file or a directory; raises Refused."""
    found: list[tuple[Recipe, Plan]] = []
    refused: list[Diagnostic] = []
    for path in inputs.profiles([argument]):
        checked = analyse(inputs.shown(path), inputs.read(path), inputs.beside(path))
        if checked.plan is None:
            refused += checked.diagnostics
            continue
        file = os.path.relpath(path, argument) if Path(argument).is_dir() else "."
        found.append((Recipe(checked.plan.name, Path(file).as_posix(), inputs.shown(path)), checked.plan))
    if refused:
        raise Refused(refused)
    return found


def _with_disk(options: Options, recipe: Recipe, plan: Plan) -> Difference:
    """Compare a profile with the files of its output directory that are r1c's."""
    new = sides.of_profile(plan, recipe.shown)
    target = Path(options.output, plan.name)
    paths = set(new.files)
    if isinstance(look(target, locks.NAME), str):
        paths |= {locks.NAME, *_listed(_content(target, locks.NAME), f"{target.as_posix()}/{locks.NAME}")}
    files = {path: _content(target, path) for path in sorted(paths) if look(target, path) is not None}
    return difference(_output(files, target.as_posix(), new, plan), new)


def _content(target: Path, path: str) -> bytes:
    at = look(target, path)
    if isinstance(at, Conflict):
        raise UserError(f"{(target / at.path).as_posix()}: {at.reason}; {at.help}")
    place = target / path
    try:
        if place.stat().st_size > revisions.LARGEST:
            raise UserError(
                f"{place.as_posix()}: {place.stat().st_size} bytes, more than any file of r1c has"
            )
        return place.read_bytes()
    except OSError as error:
        raise UserError(f"{place.as_posix()}: cannot be read: {error.strerror}") from error


def _listed(content: bytes, place: str) -> set[str]:
    try:
        lock = locks.read(content)
    except locks.LockError as error:
        raise UserError(f"{place}: r1c cannot use this lock: {error}") from error
    return {*lock.files, *lock.pending}


def _output(files: Mapping[str, bytes], shown: str, new: Side, like: Plan) -> Side | None:
    recipe = Path(shown).name
    return sides.of_output(files, shown, recipe, new, like) if files else None


def _with_revision(options: Options, name: str) -> Iterator[Difference]:
    """Compare with a revision: with the output that it has, else with what its profile compiles to."""
    if options.old == inputs.STDIN:
        raise UserError("--rev needs a file or a directory, not standard input")
    place = Path(options.old)
    revision = revisions.find(name, place if place.is_dir() else place.parent)
    new = dict(_recipes(options.old))
    old = dict(_past(revision, place))
    for before, after in match(list(old), list(new)):
        side = sides.of_profile(new[after], after.shown) if after else None
        past = _past_side(revision, options, before, old[before], side) if before else None
        yield difference(past, side)


def _past(revision: Revision, place: Path) -> Iterator[tuple[Recipe, Checked]]:
    """Yield the recipes that a file or a directory had in a revision."""
    for path, content in revisions.files(revision, place).items():
        if path and not inputs.is_recipe(path, content):
            continue
        file = place / path if path else place
        shown = f"{revision.name}:{file.as_posix()}"
        checked = analyse(shown, content, partial(_beside, revision, file.parent))
        name = checked.plan.name if checked.plan else _name(shown, content)
        yield Recipe(name, path or ".", shown), checked


def _name(shown: str, content: bytes) -> str:
    """Return the metadata.name of a profile that this r1c refuses, as far as it can be read."""
    document = source.read(shown, content)
    metadata = document.data.get("metadata") if document.usable else None
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return name if isinstance(name, str) and name not in ("", ".", "..") and "/" not in name else shown


def _beside(revision: Revision, folder: Path, path: str) -> bytes:
    found = revisions.files(revision, folder / path)
    if "" not in found:
        raise UserError(f"{revision.name}:{(folder / path).as_posix()}: there is no such file")
    return found[""]


def _past_side(
    revision: Revision, options: Options, recipe: Recipe, checked: Checked, new: Side | None
) -> Side:
    """Return a recipe's committed output, or what its profile compiled to; raises Refused for neither."""
    target = Path(options.output, recipe.name)
    committed = revisions.files(revision, target)
    shown = f"{revision.name}:{target.as_posix()}"
    like = checked.plan or (new.plan if new else None)
    if like and locks.NAME in committed:
        own = {locks.NAME, *_listed(committed[locks.NAME], f"{shown}/{locks.NAME}")}
        files = {path: content for path, content in committed.items() if path in own}
        found = _output(files, shown, new or sides.of_plan(like, shown), like)
        if found:
            return found
    if checked.plan is None:
        raise Refused(checked.diagnostics)
    return sides.of_plan(checked.plan, recipe.shown)
