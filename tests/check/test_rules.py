"""Every rule's folder: bad-*.yaml gives exactly its .out, ok-*.yaml gives nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from r1c import pipeline
from r1c.commands import inputs
from r1c.diagnostics.text import as_text

RULES = Path(__file__).parents[1] / "check" / "rules"
CASES = sorted(RULES.glob("*/*.yaml"))


def report(profile: Path) -> str:
    checked = pipeline.analyse(profile.name, profile.read_bytes(), inputs.beside(profile.name))
    return as_text(checked.diagnostics, colour=False)


@pytest.mark.parametrize("profile", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(profile: Path, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(profile.parent)
    text = report(profile)
    if profile.stem.startswith("bad"):
        assert f"[{profile.parent.name}]" in text
        golden(profile.with_suffix(".out"), text)
    else:
        assert profile.stem.startswith("ok")
        assert text == ""
