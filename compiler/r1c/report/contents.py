"""What a page is made of: each recipe with what the stages and features said about it."""

from __future__ import annotations

from collections.abc import Mapping

from r1c.diagnostics import Diagnostic
from r1c.difference import Difference
from r1c.origin.origins import Origin
from r1c.origin.trace import Line
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Load:
    """The forecast for one load: its figures as rows (name, low, likely, high), and remarks on them."""

    name: str
    about: str
    rows: tuple[tuple[str, str, str, str], ...]
    remarks: tuple[str, ...]


@record
class Expected:
    """The forecasts of a recipe, and what they are worth; `missing` says why there is none or one less."""

    missing: str | None
    loads: tuple[Load, ...]
    about: str


@record
class Made:
    """What a profile without errors gives: its plan, its forecasts, and the lines of each file.

    `facts` are those that the memory of the plan and the forecasts are computed from.
    """

    plan: Plan
    expected: Expected
    files: Mapping[str, tuple[Line, ...]]
    facts: tuple[Origin, ...]


@record
class Recipe:
    """A profile by its path, and everything that the page shows of it; `made` is None if it is refused."""

    profile: str
    name: str
    diagnostics: tuple[Diagnostic, ...]
    made: Made | None


@record
class Since:
    """What changed since a revision; `left_out` are the profiles with errors, which are not compared."""

    revision: str
    differences: tuple[Difference, ...]
    left_out: tuple[str, ...]
