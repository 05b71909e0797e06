"""Every edit in the bad examples of the rules: its fault goes, no other comes, and one run does all."""

from __future__ import annotations

from collections import Counter
from functools import cache, partial
from pathlib import Path

import pytest

from r1c import pipeline
from r1c.codes import CODES
from r1c.commands import inputs
from r1c.diagnostics import Diagnostic
from r1c.fix.edited import edited
from r1c.fix.rounds import fix
from r1c.fix.texts import Texts
from r1c.pipeline import Checked

RULES = Path(__file__).parents[1] / "check" / "rules"
BAD = sorted(path for path in RULES.glob("*/bad*.yaml"))
FORM = {code.id for code in CODES if code.id[:4] in ("R1C0", "R1C1")}
DECLARED = {code.id: code.edits for code in CODES if code.edits}


def analyse(profile: Path, texts: Texts) -> Checked:
    folder = str(profile.parent)
    beside = texts.beside(folder, inputs.beside(str(profile)))
    content = texts.content(str(profile), profile.read_bytes)
    return pipeline.analyse(str(profile), content, beside)


@cache
def faults(profile: Path) -> tuple[Diagnostic, ...]:
    return analyse(profile, Texts()).diagnostics


EDITED = [
    (profile, number)
    for profile in BAD
    for number, item in enumerate(faults(profile))
    if item.edit and item.code == profile.parent.name
]


def named(case: tuple[Path, int]) -> str:
    return f"{case[0].parent.name}/{case[0].stem}/{case[1]}"


@pytest.mark.parametrize("case", EDITED, ids=named)
def test_an_edit_takes_its_fault_away_and_brings_no_other(case: tuple[Path, int]) -> None:
    profile, number = case
    texts = Texts()
    before = analyse(profile, texts)
    item = before.diagnostics[number]
    assert item.edit is not None
    after = edited(texts.text(item.edited), item.edit)
    assert after is not None, "the edit does not fit the text"
    texts.edit(item.edited, after)
    then = analyse(profile, texts)
    # Rules about a field do not run while its form is wrong: what they say of the user's value is not new.
    had, has = (
        Counter(found.code for found in checked.diagnostics if before.recipe or found.code in FORM)
        for checked in (before, then)
    )
    assert has[item.code] < had[item.code]
    assert not has - had, [f"{found.code} {found.message}" for found in then.diagnostics]


@pytest.mark.parametrize(
    "profile", sorted({profile for profile, _ in EDITED}), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_a_second_run_has_nothing_to_fix(profile: Path) -> None:
    texts = Texts()
    made = fix(partial(analyse, profile, texts), texts, lambda _: True, unsafe=True)
    assert made.made
    again = fix(partial(analyse, profile, texts), texts, lambda _: True, unsafe=True)
    assert again.made == ()


def test_a_code_declares_the_edits_that_its_findings_carry() -> None:
    carried: dict[str, set[bool]] = {}
    for profile in BAD:
        for item in faults(profile):
            if item.edit:
                carried.setdefault(item.code, set()).add(item.edit.safe)
    kinds = {
        frozenset({True}): "safe",
        frozenset({False}): "unsafe",
        frozenset({True, False}): "safe or unsafe",
    }
    assert {code: kinds[frozenset(seen)] for code, seen in carried.items()} == DECLARED
    assert len(DECLARED) >= 60
