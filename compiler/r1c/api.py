"""The Python API: a profile -> its recipe, its diagnostics, or the files of its output.

`import r1c` has what is declared here; docs/python.md explains it with examples.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from r1c.commands import inputs
from r1c.diagnostics import Diagnostic, InternalError, Label, Refused, Severity, Span, UserError
from r1c.diagnostics.text import as_text
from r1c.pipeline import Checked, analyse, build
from r1c.profile.model import Recipe
from r1c.record import replace

__all__ = [
    "Diagnostic",
    "InternalError",
    "Label",
    "ProfileError",
    "Recipe",
    "Severity",
    "Span",
    "UserError",
    "check",
    "compile",
    "read",
    "replace",
]

Written = str | os.PathLike[str] | bytes
"""A profile as somebody wrote it: the path of its file, or the bytes of one."""

BYTES, RECIPE = "<bytes>", "<Recipe>"
"""What diagnostics name in place of a file."""


class ProfileError(Exception):
    """A profile was refused: `diagnostics` has everything that was found in it, in file order.

    Its text is the report of `r1c check`.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Keep the diagnostics."""
        super().__init__(diagnostics)
        self.diagnostics = tuple(diagnostics)

    def __str__(self) -> str:
        """Return the report of `r1c check`, which offers to fix files alone."""
        shown = [
            replace(item, edit=None) if item.edited in (BYTES, RECIPE) else item for item in self.diagnostics
        ]
        return as_text(shown, colour=False).rstrip("\n")


def read(profile: Written) -> Recipe:
    """Return the recipe of a profile, completed by the profiles that it extends; rules are not checked.

    Raises ProfileError if it is not YAML, or if a field is unknown, missing or of a wrong type or range;
    UserError for a file that cannot be read.
    """
    checked = _checked(profile)
    if checked.recipe is None:
        raise ProfileError(checked.diagnostics)
    return replace(checked.recipe, extends=None)


def check(profile: Written | Recipe) -> tuple[Diagnostic, ...]:
    """Return every error, warning and hint of a profile, in file order; what `r1c check` prints.

    Raises UserError for a file that cannot be read.
    """
    return _checked(profile).diagnostics


def compile(profile: Written | Recipe, *, strict: bool = False) -> dict[str, bytes]:
    """Return the files that `r1c compile` writes, by their paths in the output directory, without the lock.

    Raises ProfileError if an error refuses the profile, or a warning where `strict` is set; UserError for a
    file that cannot be read; InternalError for a bug in r1c.
    """
    checked = _checked(profile)
    if checked.plan is None or checked.refused(strict=strict):
        raise ProfileError(checked.diagnostics)
    return build(checked.plan)


def _checked(profile: Written | Recipe) -> Checked:
    if isinstance(profile, bytes):
        return analyse(BYTES, profile)
    if isinstance(profile, Recipe):
        return analyse(RECIPE, _written(profile))
    try:
        return inputs.analysed(os.fspath(profile))
    except Refused as refused:
        raise ProfileError(refused.diagnostics) from None


def _written(recipe: Recipe) -> bytes:
    """Return a recipe as a profile, so that it is read as every other one; JSON is YAML."""
    from pydantic import TypeAdapter

    # Values of a wrong type are written as they are: the pipeline has the words for them.
    data = TypeAdapter(Recipe).dump_python(
        recipe, mode="json", by_alias=True, exclude_defaults=True, warnings=False
    )
    return json.dumps(data, indent=2).encode()
