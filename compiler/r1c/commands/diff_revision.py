"""A git revision and the profiles of today -> what has changed since."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from r1c import source
from r1c.commands import inputs
from r1c.commands.diff_inputs import Compared, folder, given, in_folder, listed, output
from r1c.diagnostics import Diagnostic, Refused, UserError
from r1c.difference import Difference, difference
from r1c.difference.matching import RecipeFile, match
from r1c.difference.revision import Revision, files_of, find_revision
from r1c.difference.side import Side, of_plan, of_profile
from r1c.output.lock import LOCK
from r1c.pipeline import Checked, Context, analyse
from r1c.repository import find
from r1c.repository.place import output_of
from r1c.repository.read import Repository


def since(name: str, arguments: Sequence[str], parent: str | None) -> Compared:
    """Compare profiles with a revision: with the output that it has, else with what its profile compiles to.

    Profiles that are only in the revision were removed, also all of them. A profile with errors is left out.
    Raises UserError.
    """
    found: list[Difference] = []
    refused: dict[str, tuple[Diagnostic, ...]] = {}
    for argument in dict.fromkeys(arguments):
        try:
            found += _compared(name, argument, parent, refused)
        except Refused as fault:  # an r1c.yaml, of now or then
            refused[argument] = tuple(fault.diagnostics)
    return Compared(tuple(found), refused)


def _compared(
    name: str, argument: str, parent: str | None, refused: dict[str, tuple[Diagnostic, ...]]
) -> Iterator[Difference]:
    if argument == inputs.STDIN:
        raise UserError("--rev needs a file or a directory, not standard input")
    place = Path(argument)
    revision = find_revision(name, _existing(place if place.is_dir() else place.parent))
    old = dict(_past(revision, place, parent))
    now = given(argument, parent, lambda _: bool(old))
    new = now.recipes
    refused.update(now.left_out)
    # A profile with errors is no removed one.
    files = {recipe.file for recipe in now.refused}
    keys = {recipe.key for recipe in now.refused} - {recipe.key for recipe in new}
    there = [recipe for recipe in old if recipe.file not in files and recipe.key not in keys]
    for before, after in match(there, list(new)):
        side = of_profile(new[after], after.shown) if after else None
        try:
            past = _past_side(revision, before, old[before], side) if before else None
        except Refused as fault:
            refused[before.shown if before else argument] = tuple(fault.diagnostics)
            continue
        yield in_folder(difference(past, side), (before, after))


def _existing(place: Path) -> Path:
    """Return a directory or the nearest one above it that is still there."""
    while not place.is_dir() and place != place.parent:
        place = place.parent
    return place


def _past(revision: Revision, place: Path, parent: str | None) -> Iterator[tuple[RecipeFile, Checked]]:
    """Yield the recipes that a file or a directory had in a revision.

    What r1c.yaml allowed then is not judged again.
    """
    repositories: dict[Path, Repository | None] = {}
    for path, content in files_of(revision, place).items():
        if path and not inputs.is_recipe(path, content):
            continue
        file = place / path if path else place
        if file.parent not in repositories:
            repositories[file.parent] = _repository(revision, file.parent)
        repository = repositories[file.parent]
        shown = f"{revision.name}:{file.as_posix()}"
        context = Context(repository.defaults if repository else None)
        checked = analyse(shown, content, partial(_beside, revision, file.parent), context)
        name = checked.plan.name if checked.plan else _name(shown, content)
        target = output_of(repository, str(file), name, parent)
        below, several = folder(repository, path or "."), repository is not None
        yield RecipeFile(name, path or ".", shown, target, below, several), checked


def _repository(revision: Revision, where: Path) -> Repository | None:
    """Return what the r1c.yaml of a folder said in a revision, or that of the nearest folder above it."""
    here = Path(os.path.abspath(where))  # noqa: PTH100  # links stay as they are
    while True:
        content = files_of(revision, here / find.FILE).get("")
        if content is not None:
            shown = here if where.is_absolute() else Path(os.path.relpath(here))
            return find.parsed(f"{revision.name}:{(shown / find.FILE).as_posix()}", content, str(shown))
        if os.path.realpath(here) == os.path.realpath(revision.top) or here == here.parent:
            return None
        here = here.parent


def _name(shown: str, content: bytes) -> str:
    """Return the metadata.name of a profile that this r1c refuses, as far as it can be read."""
    document = source.read(shown, content)
    metadata = document.data.get("metadata") if document.usable else None
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return name if isinstance(name, str) and name not in ("", ".", "..") and "/" not in name else shown


def _beside(revision: Revision, where: Path, path: str) -> bytes:
    found = files_of(revision, where / path)
    if "" not in found:
        raise UserError(f"{revision.name}:{(where / path).as_posix()}: no such file")
    return found[""]


def _past_side(revision: Revision, recipe: RecipeFile, checked: Checked, new: Side | None) -> Side:
    """Return a recipe's committed output, or what its profile compiled to; raises Refused for neither."""
    target = Path(recipe.target)
    committed = files_of(revision, target)
    shown = f"{revision.name}:{target.as_posix()}"
    like = checked.plan or (new.plan if new else None)
    if LOCK in committed:
        own = {LOCK, *listed(committed[LOCK], f"{shown}/{LOCK}")}
        files = {path: content for path, content in committed.items() if path in own}
        found = output(files, shown, new or (of_plan(like, shown) if like else None), like)
        if found:
            return found
    if checked.plan is None:
        raise Refused(checked.diagnostics)
    return of_plan(checked.plan, recipe.shown)
