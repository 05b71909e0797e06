"""vLLM's start-up checks: settings that a release refuses, and similar ones that it accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import overlay
from r1c import pipeline
from r1c.diagnostics.text import as_text
from r1c.facts import table, vllm, vllm_startup

CASES = Path(__file__).parent / "startup"


def cases(group: str) -> list[dict[str, Any]]:
    return overlay.cases(CASES / f"{group}.yaml")


@pytest.mark.parametrize("group", ["refused", "warned"])
def test_reports(group: str, golden: Callable[[Path, str], None]) -> None:
    """Each case has its report in one file, so that a changed message is read beside its neighbours."""
    reports = []
    for case in cases(group):
        checked = pipeline.analyse("profile.yaml", overlay.profile(case))
        assert (checked.plan is None) == (group == "refused"), case["name"]
        assert checked.diagnostics, case["name"]
        reports.append(f"# {case['name']}\n{as_text(checked.diagnostics, colour=False)}")
    golden(CASES / f"{group}.out", "\n".join(reports))


@pytest.mark.parametrize("case", cases("accepted"), ids=lambda case: case["name"])
def test_edge_is_accepted(case: dict[str, Any]) -> None:
    checked = pipeline.analyse("profile.yaml", overlay.profile(case))
    assert [item.code for item in checked.diagnostics] == case.get("warns", [])


def test_every_constraint_has_a_case_that_it_refuses() -> None:
    text = "".join((CASES / f"{group}.out").read_text(encoding="utf-8") for group in ("refused", "warned"))
    said = {item["name"] for group in ("refused", "warned") for item in cases(group)}
    for id_, entry in table("startup")["data"]["constraints"].items():
        assert f"facts/startup.yaml, {id_})" in text or id_ in said, id_
        assert entry["kind"] in ("conflict", "needs", "range", "idle", "model"), id_


def test_ranges_are_releases_in_order() -> None:
    order = vllm.versions()
    for id_, entry in table("startup")["data"]["constraints"].items():
        first, last = entry["from"], entry.get("until", order[-1])
        assert order.index(first) <= order.index(last), id_


def test_values_by_release_name_releases() -> None:
    data = json.loads((Path(vllm_startup.__file__).parent / "vllm_startup.json").read_text(encoding="utf-8"))
    order = vllm.versions()

    def walk(item: Any) -> None:
        if isinstance(item, list) and item and isinstance(item[0], list):
            places = [order.index(pair[0]) for pair in item]
            assert places == sorted(set(places))
        elif isinstance(item, dict):
            for inner in item.values():
                walk(inner)

    for part in ("flags", "maps", "classes", "values", "quantization", "attention", "variables"):
        walk(data[part])
