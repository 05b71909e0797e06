"""A git revision and the profiles of today -> what has changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from r1c import source
from r1c.commands import inputs
from r1c.commands.diff_inputs import listed, output, recipes
from r1c.diagnostics import Refused, UserError
from r1c.difference import Difference, difference
from r1c.difference.matching import RecipeFile, match
from r1c.difference.revision import Revision, files_of, find_revision
from r1c.difference.side import Side, of_plan, of_profile
from r1c.output.lock import LOCK
from r1c.pipeline import Checked, analyse


def since(name: str, argument: str, outputs: str) -> Iterator[Difference]:
    """Compare profiles with a revision: with the output that it has, else with what its profile compiles to.

    Raises UserError and Refused.
    """
    if argument == inputs.STDIN:
        raise UserError("--rev needs a file or a directory, not standard input")
    place = Path(argument)
    revision = find_revision(name, place if place.is_dir() else place.parent)
    new = dict(recipes(argument))
    old = dict(_past(revision, place))
    for before, after in match(list(old), list(new)):
        side = of_profile(new[after], after.shown) if after else None
        past = _past_side(revision, outputs, before, old[before], side) if before else None
        yield difference(past, side)


def _past(revision: Revision, place: Path) -> Iterator[tuple[RecipeFile, Checked]]:
    """Yield the recipes that a file or a directory had in a revision."""
    for path, content in files_of(revision, place).items():
        if path and not inputs.is_recipe(path, content):
            continue
        file = place / path if path else place
        shown = f"{revision.name}:{file.as_posix()}"
        checked = analyse(shown, content, partial(_beside, revision, file.parent))
        name = checked.plan.name if checked.plan else _name(shown, content)
        yield RecipeFile(name, path or ".", shown), checked


def _name(shown: str, content: bytes) -> str:
    """Return the metadata.name of a profile that this r1c refuses, as far as it can be read."""
    document = source.read(shown, content)
    metadata = document.data.get("metadata") if document.usable else None
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return name if isinstance(name, str) and name not in ("", ".", "..") and "/" not in name else shown


def _beside(revision: Revision, folder: Path, path: str) -> bytes:
    found = files_of(revision, folder / path)
    if "" not in found:
        raise UserError(f"{revision.name}:{(folder / path).as_posix()}: no such file")
    return found[""]


def _past_side(
    revision: Revision, outputs: str, recipe: RecipeFile, checked: Checked, new: Side | None
) -> Side:
    """Return a recipe's committed output, or what its profile compiled to; raises Refused for neither."""
    target = Path(outputs, recipe.name)
    committed = files_of(revision, target)
    shown = f"{revision.name}:{target.as_posix()}"
    like = checked.plan or (new.plan if new else None)
    if like and LOCK in committed:
        own = {LOCK, *listed(committed[LOCK], f"{shown}/{LOCK}")}
        files = {path: content for path, content in committed.items() if path in own}
        found = output(files, shown, new or of_plan(like, shown), like)
        if found:
            return found
    if checked.plan is None:
        raise Refused(checked.diagnostics)
    return of_plan(checked.plan, recipe.shown)
