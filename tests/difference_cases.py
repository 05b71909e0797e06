"""The cases in tests/difference/*.case: what lies over tests/base.yaml on each side, as plans.

A case lays `new` (and `old`, if it has one) over the base; null takes a field away. Below the line stands the
report, which `pytest --update` rewrites; `effects` is written by hand.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from r1c import pipeline
from r1c.difference import Difference, difference, side
from r1c.resolve.plan import Plan

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
    return difference(side.of_plan(old, "old.yaml"), side.of_plan(new, "new.yaml"))
