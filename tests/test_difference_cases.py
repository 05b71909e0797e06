"""Changes of a profile, one a file: what differs in the output, with which impact, word for word.

A case lays `new` (and `old`, if it has one) over tests/base.yaml; null takes a field away. Below the line stands
the report, which `pytest --update` rewrites; `effects` is written by hand.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c import pipeline
from r1c.difference import Difference, difference, sides
from r1c.difference.report_text import as_text
from r1c.plan import Plan

HERE = Path(__file__).parent
CASES = sorted((HERE / "difference").glob("*.case"))
BASE = yaml.safe_load((HERE / "base.yaml").read_text(encoding="utf-8"))
LINE = "---\n"


def laid_over(base: Any, fragment: Any) -> Any:
    """Return `base` with `fragment` in it; null removes."""
    if not isinstance(base, dict) or not isinstance(fragment, dict):
        return copy.deepcopy(fragment)
    merged = {key: item for key, item in base.items() if fragment.get(key, "") is not None}
    for key, item in fragment.items():
        if item is not None:
            merged[key] = laid_over(base.get(key), item)
    return merged


def plan(profile: Any) -> Plan:
    checked = pipeline.analyse("profile.yaml", yaml.safe_dump(profile).encode())
    assert checked.plan, checked.diagnostics
    return checked.plan


def case(path: Path) -> tuple[dict[str, Any], str, Plan, Plan]:
    """Return a case's head as data and as text, and the plans of its two sides."""
    head, line, _ = path.read_text(encoding="utf-8").partition(LINE)
    data = yaml.safe_load(head)
    old = laid_over(BASE, data.get("old", {}))
    return data, head + line, plan(old), plan(laid_over(old, data["new"]))


def compared(old: Plan, new: Plan) -> Difference:
    return difference(sides.of_plan(old, "old.yaml"), sides.of_plan(new, "new.yaml"))


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_report_and_effects(path: Path, golden: Callable[[Path, str], None]) -> None:
    data, head, old, new = case(path)
    found = compared(old, new)
    golden(path, head + as_text([found], colour=False))
    effects = [str(effect) for effect in found.effects()]
    if len(effects) > 1:
        effects.remove("nothing")  # the lock and the runbook follow every change
    assert effects == data["effects"]
