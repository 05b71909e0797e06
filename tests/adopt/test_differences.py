"""The output of import and compile for the A3 Mega values, against that of the charts.

docs/differences.md explains every difference.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from chart_differences import Difference, differences
from r1c import resolve, source
from r1c.adopt import profile_text
from r1c.adopt.helm.convert import from_values
from r1c.adopt.helm.values import read_values
from r1c.adopt.profile_draft import Asked
from r1c.lower import serving
from r1c.profile import parse
from upstream import MISSING, UPSTREAM

REPO = Path(__file__).resolve().parents[2]
CHARTS = {
    "Several nodes": ("a3mega-multi-host-deepseek-r1.json", "a3mega-vllm-multi-host-deepseek-r1.yaml"),
    "One node": ("a3mega-single-host-llama-4.json", "a3mega-vllm-single-host-llama-4.yaml"),
}
ASKED = Asked(name="demo", project="my-project", region="us-east4")


def table(heading: str) -> list[Difference]:
    """Read a table of the page: field, chart, r1c; the last column has the reason."""
    text = (REPO / "docs" / "differences.md").read_text(encoding="utf-8")
    part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.*?) \| (.*?) \| (.+) \|$", part, re.MULTILINE)
    assert all(reason.strip() for *_, reason in rows)
    return [Difference(field, chart.strip("`"), ours.strip("`")) for field, chart, ours, _ in rows]


def objects(heading: str) -> tuple[list[Any], list[Any]]:
    """Return the chart's objects, and ours from the same values and --set arguments.

    The rules are not asked: they refuse the recipe of one node, whose weights do not fit (R1C301).
    """
    rendered, values = CHARTS[heading]
    chart = json.loads((UPSTREAM / "chart-objects" / rendered).read_text(encoding="utf-8"))
    raw = (UPSTREAM / "values" / values).read_bytes()
    text = profile_text.write(from_values(read_values([(values, raw)], chart["settings"]), ASKED))
    document = source.read("profile.yaml", text.encode())
    parsed = parse.parse(document)
    assert not parsed.findings
    plan = resolve.resolve(parsed.recipe, document.data, parsed.doubtful).plan
    return chart["objects"], [item for manifest in serving(plan) for item in manifest.objects]


@pytest.mark.skipif(not UPSTREAM.exists(), reason=MISSING)
@pytest.mark.parametrize("heading", CHARTS)
def test_the_page_has_every_difference_and_no_other(heading: str) -> None:
    rows, found = table(heading), differences(*objects(heading))
    unexplained = [item for item in found if not any(_explains(row, item) for row in rows)]
    assert not unexplained
    assert not [row for row in rows if not any(_explains(row, item) for item in found)]


def _explains(row: Difference, found: Difference) -> bool:
    """Tell whether a row is about a difference; a row with a * says only which side has something there."""
    if "*" not in row.field:
        return row == found
    sides = ((row.chart, found.chart), (row.ours, found.ours))
    return fnmatchcase(found.field, row.field) and all(
        (one == "none") == (other == "none") for one, other in sides
    )


def test_the_page_has_no_row_twice() -> None:
    for heading in CHARTS:
        fields = [row.field for row in table(heading)]
        assert fields
        assert len(set(fields)) == len(fields)


def test_a_field_of_another_value_is_a_difference() -> None:
    service = {"kind": "Service", "metadata": {"name": "a"}, "spec": {"type": "ClusterIP", "ports": []}}
    other = {**service, "spec": {"type": "NodePort", "ports": []}}
    assert differences([service], [service]) == []
    assert differences([service], [other]) == [Difference("service.type", "ClusterIP", "NodePort")]
