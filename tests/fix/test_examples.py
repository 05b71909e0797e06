"""Every edit in the bad examples of the rules: its fault goes, no other comes, and one run does all."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from r1c import pipeline
from r1c.codes import CODES
from r1c.commands import inputs
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


def fixed_alone(profile: Path, number: int) -> None:
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
    "profile",
    [path for path in BAD if path.parent.name in DECLARED],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_each_edit_takes_its_fault_away_and_a_second_run_has_nothing_to_fix(profile: Path) -> None:
    faults = analyse(profile, Texts()).diagnostics
    own = [n for n, item in enumerate(faults) if item.edit and item.code == profile.parent.name]
    for number in own:
        fixed_alone(profile, number)
    texts = Texts()
    made = fix(partial(analyse, profile, texts), texts, lambda _: True, unsafe=True)
    assert bool(made.made) == any(item.edit for item in faults)
    again = fix(partial(analyse, profile, texts), texts, lambda _: True, unsafe=True)
    assert again.made == ()


def test_a_code_declares_the_edits_that_its_findings_carry() -> None:
    carried: dict[str, set[bool]] = {}
    for profile in BAD:
        for item in analyse(profile, Texts()).diagnostics:
            if item.edit:
                carried.setdefault(item.code, set()).add(item.edit.safe)
    kinds = {
        frozenset({True}): "safe",
        frozenset({False}): "unsafe",
        frozenset({True, False}): "safe or unsafe",
    }
    assert {code: kinds[frozenset(seen)] for code, seen in carried.items()} == DECLARED
    assert len(DECLARED) >= 60
