"""Every case's folder: a profile, and the whole output that it compiles to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from r1c import pipeline

CASES = sorted(path.parent for path in (Path(__file__).parent / "cases").glob("*/profile.yaml"))
COMMON = ("kustomizeconfig.yaml", "kustomizeschema.yaml", "image/ray_init.sh")
"""Files that are the same for every recipe but for its name: out/ has them in full."""


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, golden: Callable[[Path, str], None]) -> None:
    checked = pipeline.analyse("profile.yaml", (case / "profile.yaml").read_bytes())
    assert checked.plan, checked.diagnostics
    files = pipeline.build(checked.plan)
    expected = {
        path.relative_to(case / "out").as_posix() for path in (case / "out").rglob("*") if path.is_file()
    }
    for path, content in files.items():
        if path not in COMMON:
            golden(case / "out" / path, content.decode("utf-8"))
    assert not expected - set(files), "golden files that the recipe does not have: delete them"
