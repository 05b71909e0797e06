"""`r1c plan --format markdown`: tables of nodes, ranks and stages, bars, and the forecast."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from picture_plans import PLANS
from r1c.cli import main
from r1c.picture import markdown

HERE = Path(__file__).parent
A3MEGA = str(HERE.parents[1] / "profiles" / "a3mega.yaml")
Golden = Callable[[Path, str], None]


@pytest.mark.parametrize(
    "name",
    [
        "one-gpu-cache-of-its-own",
        "data-parallel-with-stages",
        "host-network",
        "claimed-nics",
        "scaled-groups",
    ],
)
def test_exact_text(name: str, golden: Golden) -> None:
    golden(HERE / "markdown" / f"{name}.md", markdown.page(PLANS[name]))


def test_the_load_that_is_asked_about(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    words = ["--load", "8192/1024/64", "--price-per-gpu-hour", "9.80"]
    assert main(["plan", A3MEGA, "--format", "markdown", *words]) == 0
    golden(HERE / "markdown" / "load.md", capsys.readouterr().out)


@pytest.mark.parametrize("name", PLANS)
def test_rows_have_the_cells_of_their_table(name: str) -> None:
    columns = 0
    for line in markdown.page(PLANS[name]).splitlines():
        cells = line.replace("\\|", "").count("|") if line.startswith("|") else 0
        assert not columns or not cells or cells == columns
        columns = cells


def test_markup_of_a_profile_is_text() -> None:
    page = markdown.page(PLANS["markup-in-a-name"])
    assert "``my-org/</text><script>alert(1)</script>&amp;\\|`x`\"'`` with vLLM" in page
    assert "No memory figures: r1c does not know the architecture of my-org/\\</text\\>\\<script\\>" in page
