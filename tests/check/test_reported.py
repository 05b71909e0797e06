"""Settings that users and reviewers reported: each refused, warned of or accepted with its whole report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import overlay
from r1c import pipeline
from r1c.diagnostics import Severity
from r1c.diagnostics.text import as_text

CASES = Path(__file__).parent / "reported"


@pytest.mark.parametrize("group", ["refused", "warned", "accepted"])
def test_reports(group: str, golden: Callable[[Path, str], None]) -> None:
    """Each case has its report in one file; of the accepted ones, those that r1c has a word about."""
    reports = []
    for case in overlay.cases(CASES / f"{group}.yaml"):
        checked = pipeline.analyse("profile.yaml", overlay.profile(case))
        errors = [item.code for item in checked.diagnostics if item.severity is Severity.ERROR]
        assert bool(errors) == (checked.plan is None) == (group == "refused"), (case["name"], errors)
        if checked.diagnostics:
            reports.append(f"# {case['name']}\n{as_text(checked.diagnostics, colour=False)}")
        else:
            assert group == "accepted", case["name"]
    golden(CASES / f"{group}.out", "\n".join(reports))
