"""The recipes of two sides -> pairs: by folder and name, then by file for those that were renamed."""

from __future__ import annotations

from collections.abc import Sequence

from r1c.diagnostics import UserError
from r1c.record import record


@record
class RecipeFile:
    """A recipe's name, its file's path below the directory that was given, and what people call the file.

    `target` is its output directory. With r1c.yaml it is one of several `environments`, and `folder`,
    where the file is, tells it from others of its name.
    """

    name: str
    file: str
    shown: str
    target: str
    folder: str = ""
    environments: bool = False

    @property
    def key(self) -> str:
        """What a recipe of one side has in common with that of the other."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


Pair = tuple[RecipeFile | None, RecipeFile | None]


def match(old: Sequence[RecipeFile], new: Sequence[RecipeFile]) -> list[Pair]:
    """Pair recipes, in the order of the new side, then what it lacks.

    One recipe on each side is always a pair. Raises UserError where two of one side have the same name.
    """
    if len(old) == 1 and len(new) == 1:
        return [(old[0], new[0])]
    by_key, keys = _keyed(old), _keyed(new)
    gone = {item.file: item for key, item in by_key.items() if key not in keys}
    pairs: list[Pair] = []
    for item in new:
        before = by_key.get(item.key) or gone.pop(item.file, None)
        pairs.append((before, item))
    return [*pairs, *((item, None) for item in gone.values())]


def _keyed(recipes: Sequence[RecipeFile]) -> dict[str, RecipeFile]:
    found: dict[str, RecipeFile] = {}
    for item in recipes:
        other = found.setdefault(item.key, item)
        if other is not item:
            raise UserError(f"{other.shown} and {item.shown} have the same metadata.name: {item.name}")
    return found
