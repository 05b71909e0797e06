"""What `r1c diff` is given, profiles and committed files, -> the recipes and the sides to compare."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from r1c.commands import inputs
from r1c.diagnostics import Diagnostic, Refused, UserError
from r1c.difference import Difference, side
from r1c.difference.matching import Pair, RecipeFile
from r1c.difference.own_context import own_context
from r1c.difference.plan_of_output import any_plan
from r1c.difference.side import Side
from r1c.output.disk import LARGEST_OUTPUT
from r1c.output.existing import Conflict, look
from r1c.output.lock import LOCK, LockError, read_lock
from r1c.record import record, replace
from r1c.repository.place import output_of
from r1c.repository.read import Repository
from r1c.resolve.plan import Plan


@record
class Given:
    """The recipes of a file or a directory with their plans, and those with errors."""

    recipes: Mapping[RecipeFile, Plan]
    refused: Mapping[RecipeFile, tuple[Diagnostic, ...]]

    @property
    def left_out(self) -> Mapping[str, tuple[Diagnostic, ...]]:
        """The errors of each recipe that cannot be compared, by the name of its file in messages."""
        return {recipe.shown: diagnostics for recipe, diagnostics in self.refused.items()}


@record
class Compared:
    """What has changed, and the errors of each profile that could not be compared, by its name."""

    differences: tuple[Difference, ...]
    refused: Mapping[str, tuple[Diagnostic, ...]]


def given(argument: str, parent: str | None, empty: Callable[[str], bool] = lambda _: False) -> Given:
    """Return the recipes of a file or a directory.

    `parent` is what -o says; `empty` tells whether there may be none. Raises UserError, and Refused for a
    faulty r1c.yaml.
    """
    plans: dict[RecipeFile, Plan] = {}
    refused: dict[RecipeFile, tuple[Diagnostic, ...]] = {}
    for path in inputs.profiles([argument], empty):
        raw = inputs.read(path)
        checked = inputs.analysed(path, raw)
        file = Path(os.path.relpath(path, argument)).as_posix() if Path(argument).is_dir() else "."
        repository, shown = inputs.repository(path), inputs.shown(path)
        name = checked.plan.name if checked.plan else inputs.name_of(repository, path, raw)
        target = output_of(repository, shown, name, parent)
        below = folder(repository, file)
        recipe = RecipeFile(name, file, shown, target, below, environments=repository is not None)
        if checked.plan is None:
            refused[recipe] = checked.diagnostics
        else:
            plans[recipe] = checked.plan
    return Given(plans, refused)


def recipes(
    argument: str, parent: str | None, empty: Callable[[str], bool] = lambda _: False
) -> Mapping[RecipeFile, Plan]:
    """Return what `given` does; raises Refused if a recipe has errors."""
    found = given(argument, parent, empty)
    if found.refused:
        raise Refused([item for diagnostics in found.refused.values() for item in diagnostics])
    return found.recipes


def folder(repository: Repository | None, file: str) -> str:
    """Return the folder of a file below what was compared, if folders tell recipes apart: with r1c.yaml."""
    above = PurePosixPath(file).parent.as_posix()
    return "" if repository is None or above == "." else above


def in_folder(found: Difference, pair: Pair) -> Difference:
    """Return a difference with the folder of its recipe; with r1c.yaml its commands name the cluster."""
    before, after = pair
    recipe = after or before
    if recipe is None or not recipe.environments:
        return found
    return own_context(replace(found, folder=recipe.folder))


def on_disk(target: str, new: Side | None, like: Plan) -> Side | None:
    """Return the side that an output directory makes, by its files that are r1c's; None if there are none."""
    place = Path(target)
    paths = set(new.files) if new else set[str]()
    if isinstance(look(place, LOCK), str):
        paths |= {LOCK, *listed(_content(place, LOCK), f"{place.as_posix()}/{LOCK}")}
    files = {path: _content(place, path) for path in sorted(paths) if look(place, path) is not None}
    return output(files, place.as_posix(), new, like)


def listed(content: bytes, place: str) -> set[str]:
    """Return the paths that a lock names; `place` is its name in messages. Raises UserError."""
    try:
        lock = read_lock(content)
    except LockError as error:
        raise UserError(f"{place}: cannot use this lock: {error}") from error
    return {*lock.files, *lock.pending}


def output(files: Mapping[str, bytes], shown: str, new: Side | None, like: Plan | None) -> Side | None:
    """Return the side that files of an output make; None if there are none.

    `like` is the plan of its profile, or of the side to compare with, if there is one.
    """
    recipe = Path(shown).name
    return side.of_output(files, shown, recipe, new, like or any_plan()) if files else None


def _content(target: Path, path: str) -> bytes:
    at = look(target, path)
    if isinstance(at, Conflict):
        raise UserError(f"{(target / at.path).as_posix()}: {at.reason}; {at.help}")
    place = target / path
    try:
        if place.stat().st_size > LARGEST_OUTPUT:
            raise UserError(
                f"{place.as_posix()}: {place.stat().st_size} bytes, larger than any file that r1c writes"
            )
        return place.read_bytes()
    except OSError as error:
        raise UserError(f"{place.as_posix()}: cannot be read: {error.strerror}") from error
