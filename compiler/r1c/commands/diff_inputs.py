"""What `r1c diff` is given, profiles and committed files, -> the recipes and the sides to compare."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from r1c.commands import inputs
from r1c.diagnostics import Diagnostic, Refused, UserError
from r1c.difference import side
from r1c.difference.matching import RecipeFile
from r1c.difference.side import Side
from r1c.output.lock import LockError, read_lock
from r1c.resolve.plan import Plan


def recipes(argument: str) -> list[tuple[RecipeFile, Plan]]:
    """Return the recipes of a file or a directory; raises Refused."""
    found: list[tuple[RecipeFile, Plan]] = []
    refused: list[Diagnostic] = []
    for path in inputs.profiles([argument]):
        checked = inputs.analysed(path)
        if checked.plan is None:
            refused += checked.diagnostics
            continue
        file = os.path.relpath(path, argument) if Path(argument).is_dir() else "."
        found.append((RecipeFile(checked.plan.name, Path(file).as_posix(), inputs.shown(path)), checked.plan))
    if refused:
        raise Refused(refused)
    return found


def listed(content: bytes, place: str) -> set[str]:
    """Return the paths that a lock names; `place` is its name in messages. Raises UserError."""
    try:
        lock = read_lock(content)
    except LockError as error:
        raise UserError(f"{place}: cannot use this lock: {error}") from error
    return {*lock.files, *lock.pending}


def output(files: Mapping[str, bytes], shown: str, new: Side, like: Plan) -> Side | None:
    """Return the side that files of an output make; None if there are none."""
    recipe = Path(shown).name
    return side.of_output(files, shown, recipe, new, like) if files else None
