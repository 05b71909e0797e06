"""Recipes -> the HTML of a page that needs neither a network nor a script. Only this module imports Jinja2.

Profiles are not trusted: Jinja2 escapes every value, and the page's own policy forbids scripts and requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from r1c import __version__, resources
from r1c.diagnostics import Severity, UserError, install
from r1c.diagnostics.suggest import counted
from r1c.diagnostics.text import printable
from r1c.difference.summary import costly_first, not_compared, total, unchanged
from r1c.picture import placement, svg
from r1c.record import record
from r1c.report.changes import Change, change
from r1c.report.contents import Expected, Recipe, Since
from r1c.report.files import Facts, File, facts, files
from r1c.report.findings import Finding, finding
from r1c.surrogates import replaced

if TYPE_CHECKING:
    from jinja2 import Template

MARK = "<!doctype html>\n<!-- r1c report -->\n"
"""The first lines of every page, by which one is told from other files."""


@record
class Section:
    """A recipe as the template shows it; without a plan, it has findings alone."""

    id: str
    name: str
    profile: str
    findings: tuple[Finding, ...]
    found: str
    made: Output | None


@record
class Output:
    """What a recipe without errors has on the page."""

    model: str
    shape: str
    groups: str
    picture: str
    expected: Expected
    files: tuple[File, ...]
    facts: tuple[Facts, ...]


@record
class Changes:
    """What changed since the revision, the costly recipes first; `same` counts those without a difference.

    `left_out` says which profiles are not compared, and why.
    """

    revision: str
    total: str | None
    same: str | None
    recipes: tuple[Change, ...]
    left_out: tuple[str, ...]


def page(template: Template, recipes: Sequence[Recipe], since: Since | None) -> str:
    """Return the page; the same recipes give the same text."""
    sections = [_section(recipe, f"r{number}") for number, recipe in enumerate(recipes, start=1)]
    changes = since and _changes(since)
    return MARK + template.render(sections=sections, changes=changes, version=__version__)


def _changes(since: Since) -> Changes:
    found = since.differences
    same = unchanged(found)
    shown = [change(item) for item in costly_first(found) if item.entries or not same]
    return Changes(since.revision, total(found), same, tuple(shown), tuple(map(not_compared, since.left_out)))


def template() -> Template:
    """Return the template of the page; raises UserError where Jinja2 is missing."""
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
    except ImportError as error:
        raise UserError(install.missing("a report", "report", "jinja2")) from error

    def shown(value: Any) -> Any:
        """Return a value without characters that reorder or hide others; markup of ours as it is."""
        return clean(value) if isinstance(value, str) and not hasattr(value, "__html__") else value

    made = Environment(
        loader=FunctionLoader(lambda name: resources.read("report", name).decode()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
    made.filters["counted"] = counted
    return made.get_template("page.html")


def clean(text: str) -> str:
    """Return a text that HTML can hold: control and direction characters are escaped, ends of lines kept."""
    shown = "\n".join(map(printable, text.split("\n")))
    return replaced(shown).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def _section(recipe: Recipe, id_: str) -> Section:
    found = tuple(map(finding, recipe.diagnostics))
    kinds = [
        counted(number, severity.value)
        for severity in Severity
        if (number := sum(item.severity is severity for item in recipe.diagnostics))
    ]
    return Section(
        id_, recipe.name, recipe.profile, found, ", ".join(kinds) or "no findings", _output(recipe, id_)
    )


def _output(recipe: Recipe, id_: str) -> Output | None:
    made = recipe.made
    if made is None:
        return None
    plan = made.plan
    return Output(
        f"{plan.model.id} with vLLM {plan.server.version}",
        placement.shape(plan),
        f"{placement.groups(plan)}; {plan.platform.gpu_model}",
        svg.page(plan, id_),
        made.expected,
        files(made.files, recipe.profile),
        facts(made.files, made.facts),
    )
