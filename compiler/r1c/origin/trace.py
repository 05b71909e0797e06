"""A profile that compiles -> each line of its output with its origins, and the facts behind its figures.

resolve, lower and emit run once more, rewritten (rewriting.py), on the same Recipe with marked values: the
bytes are those that compile writes, and each of their stretches has the origins that the values carried.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from r1c.diagnostics import InternalError
from r1c.origin import profile
from r1c.origin.modules import Modules
from r1c.origin.origins import UNMARKED, Mark, Origin, joined, made_of, origin
from r1c.origin.values import Str, carried, plain
from r1c.pipeline import build
from r1c.profile.model import Recipe
from r1c.profile.paths import OPTIONAL
from r1c.record import record, replace
from r1c.resolve.plan import Plan
from r1c.source import Document

LAYOUT = origin("rule", "r1c.emit.yaml", "emit/yaml.py")
"""The origin of what is layout alone: a bracket, the mark of a block, a line between two documents."""


@record
class Line:
    """A line of an output: its number from 1, its text, what it was made of, and what it was made under.

    `made_of` has at least one origin. `conditions` decided that the line is there, or how it is written; an
    origin that the line is made of is not repeated there.
    """

    number: int
    text: str
    made_of: tuple[Origin, ...]
    conditions: tuple[Origin, ...]


def trace(
    recipe: Recipe, document: Document, plan: Plan, config: Mapping[str, Any] | None = None
) -> dict[str, tuple[Line, ...]]:
    """Return the lines of every file of an output but the lock, by its path there.

    `document` is the profile merged with what it inherits, `plan` its plan, and `config` the content of the
    config.json that it names. Raises InternalError if the bytes are not those of a compile.
    """
    return Run(recipe, document, plan, config).files()


class Run:
    """A profile that was resolved with origins."""

    def __init__(
        self, recipe: Recipe, document: Document, plan: Plan, config: Mapping[str, Any] | None = None
    ) -> None:
        """Resolve the recipe; the arguments are those of `trace`."""
        self._modules, self._plan = Modules(), plan
        resolving = self._modules.load("r1c.resolve")
        resolving.digest = lambda _: profile.digest(plan.digest, document)
        self._recipe = profile.recipe(recipe, document, self._modules.tracing.records)
        given = profile.config(config, str(recipe.spec.model.config)) if config is not None else None
        self._marked = resolving.resolve(self._recipe, document.data, frozenset(), given).plan

    def files(self) -> dict[str, tuple[Line, ...]]:
        """Return the lines of every file; raises InternalError as `trace` does."""
        files = self._marked_files()
        if {str(path): plain(content).encode() for path, content in files.items()} != build(self._plan):
            raise InternalError("the run with origins wrote other bytes than a compile")
        return {plain(path): lines(content) for path, content in files.items()}

    def facts_of_figures(self) -> tuple[Origin, ...]:
        """Return the facts behind the memory and the forecasts of the plan."""
        from r1c.origin.figures import facts

        return facts(self._modules, self._marked, self._plan)

    def _marked_files(self) -> Any:
        lowering, emitting = (self._modules.load(f"r1c.{stage}") for stage in ("lower", "emit"))
        spec, marked = self._recipe.spec, self._marked
        absent = {name: getattr(spec, name) for name in OPTIONAL if getattr(marked, name) is None}
        bundle = lowering.lower(replace(marked, **absent))
        written = emitting.emit(bundle)
        # Each line of a file is also there because the file is.
        conditions = {file.path: self._modules.tracing.conditions_of(file) for file in bundle.files}
        return {path: carried(written[path].text, conditions[path]) for path in written}


def lines(text: Str) -> tuple[Line, ...]:
    """Return the lines of a text with their origins; one of layout alone has those of the line below it."""
    found: list[Line] = []
    below: Mark = UNMARKED
    parts = list(enumerate(text.split("\n")[:-1], start=1))
    for number, part in reversed(parts):
        mark = part.mark
        if not mark[0]:
            mark = joined(made_of(LAYOUT), below)
        below = mark
        found.append(Line(number, plain(part), _sorted(mark[0]), _sorted(mark[1] - mark[0])))
    return tuple(reversed(found))


@lru_cache(1 << 12)
def _sorted(origins: frozenset[Origin]) -> tuple[Origin, ...]:
    return tuple(sorted(origins, key=Origin.order))
