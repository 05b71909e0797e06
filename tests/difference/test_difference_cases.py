"""Changes of a profile, one a file: what differs in the output, with which impact, word for word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from difference_cases import CASES, case, compared
from r1c.difference.report_text import as_text


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_report_and_effects(path: Path, golden: Callable[[Path, str], None]) -> None:
    data, head, old, new = case(path)
    found = compared(old, new)
    golden(path, head + as_text([found], colour=False))
    effects = [str(effect) for effect in found.effects()]
    for follows in ("nothing", "recorded-digest"):  # the lock and the benchmark's record follow every change
        if len(effects) > 1 and follows in effects:
            effects.remove(follows)
    assert effects == data["effects"]
