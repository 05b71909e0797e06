"""A profile and the versions it is to have -> the profile with them, edited until it checks clean.

What cannot be edited without a decision of the user stays: those are the obstacles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from r1c.check.rule import Rule
from r1c.diagnostics import Diagnostic, Edit, Finding, Path, Put, Severity, safe
from r1c.fix.edited import edited
from r1c.fix.rounds import fix
from r1c.fix.texts import Texts
from r1c.pipeline import Checked
from r1c.profile.paths import VERSION
from r1c.record import record, replace
from r1c.resolve.plan import Plan
from r1c.upgrade.remedies import GPUDIRECT, REMEDY, RULE

Analyse = Callable[[tuple[Rule, ...]], Checked]
"""Checks the profile as its texts are now, with more rules."""

FORCED = frozenset({"R1C416", "R1C417", "R1C419"})
"""Codes whose unsafe edit the release makes anyway.

A variable that it does not read has no effect, and an engine or an executor that it lacks does not run.
"""


@record
class Versions:
    """The versions that a profile is to have, None for one that stays."""

    vllm: str | None = None
    lws: str | None = None
    gke: str | None = None
    gpudirect: str | None = None

    def places(self) -> Mapping[Path, str]:
        """Return the values to write by their places in the profile."""
        every = {
            VERSION: self.vllm,
            ("spec", "cluster", "lws"): self.lws,
            ("spec", "cluster", "gke"): self.gke,
            GPUDIRECT: self.gpudirect,
        }
        return {path: value for path, value in every.items() if value is not None}


@record
class Made:
    """An edit that was made: its file, and the fault that it is for; empty for an asked version."""

    file: str
    edit: Edit
    fault: str = ""


@record
class Reached:
    """What a profile became: the edits, the result, and what is in the way.

    `edits` begin with the versions; `obstacles` are the faults that the profile did not have before.
    """

    edits: tuple[Made, ...]
    checked: Checked
    obstacles: tuple[Diagnostic, ...]

    @property
    def plan(self) -> Plan | None:
        """The plan of the edited profile, None if an error refuses it."""
        return self.checked.plan


def reach(
    analyse: Analyse, texts: Texts, file: str, versions: Versions, editable: Callable[[str], bool]
) -> Reached:
    """Write versions into the texts of a profile, and edit what they break.

    `file` gets a version that no file of the profile has; `editable` tells whether a file may be changed.
    """
    before = analyse(())
    accepted = {_key(item) for item in before.diagnostics}
    edits = list(_versions(analyse, texts, file, versions, editable))

    def checked() -> Checked:
        return _with_remedies(analyse((RULE,)), accepted)

    made = fix(checked, texts, editable, unsafe=False).made
    after = analyse(())
    obstacles = tuple(
        item
        for item in after.diagnostics
        if item.severity is not Severity.HINT and _key(item) not in accepted
    )
    edits += [Made(item.edited, item.edit, item.message) for item in made if item.edit]
    return Reached(tuple(edits), after, obstacles)


def _key(item: Diagnostic) -> tuple[str, Path]:
    return item.code, item.path


def _versions(
    analyse: Analyse, texts: Texts, file: str, versions: Versions, editable: Callable[[str], bool]
) -> Iterator[Made]:
    """Write the versions, each where the profile has it."""
    for path, value in versions.places().items():
        edit = safe(Put(path, value))
        holder = next(
            (
                item.edited
                for item in analyse((_asked(path, edit),)).diagnostics
                if item.code == REMEDY.id and item.edited
            ),
            file,
        )
        where = holder if editable(holder) else file
        text = edited(texts.text(where), edit)
        if text is not None and text != texts.text(where):
            texts.edit(where, text)
            yield Made(where, edit)


def _asked(path: Path, edit: Edit) -> Rule:
    def check(_: Plan) -> Iterator[Finding]:
        yield Finding(path, "", "", edit=edit)

    return Rule(REMEDY, (), check)


def _with_remedies(checked: Checked, accepted: set[tuple[str, Path]]) -> Checked:
    """Return a result whose new faults have the edits of an upgrade, and no other ones."""
    remedies = [item for item in checked.diagnostics if item.code == REMEDY.id]
    found = [
        _remedied(item, remedies) if _key(item) not in accepted else replace(item, edit=None)
        for item in checked.diagnostics
        if item.code != REMEDY.id
    ]
    return replace(checked, diagnostics=tuple(found))


def _remedied(item: Diagnostic, remedies: list[Diagnostic]) -> Diagnostic:
    """Return a fault with its own edit if that is safe, else with that of an upgrade."""
    if item.edit and item.edit.safe:
        return item
    for remedy in remedies:
        if remedy.path == item.path and remedy.edit:
            return replace(item, edit=remedy.edit, edited=remedy.edited)
    if item.edit and item.code in FORCED:
        return replace(item, edit=Edit(item.edit.changes, safe=True))
    return item
