"""Good and broken clusters, each with the whole report of `r1c preflight`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fake_cluster import cluster, edited, plan_of, profile, snapshot, write
from r1c.check import preflight_codes
from r1c.check.preflight_codes import cluster_codes
from r1c.cli import main

HERE = Path(__file__).parent
REPORTED = HERE / "reported"


def cases(name: str) -> list[Any]:
    found = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in found]


def prepared(case: dict[str, Any], folder: Path) -> list[str]:
    content = profile(case.get("profile"))
    plan = plan_of(content)
    objects = edited(cluster(plan), case.get("edit", {}))
    text = snapshot(plan, objects, tuple(case.get("drop", ())), tuple(case.get("refuse", ())))
    write(folder, content, text)
    return ["preflight", "profile.yaml", "--snapshot", "snapshot.json"]


@pytest.mark.parametrize("case", cases("good"))
def test_a_cluster_that_takes_the_recipe(
    case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    status = main([*prepared(case, tmp_path), "--strict"])
    said = capsys.readouterr()
    assert (said.err, said.out) == ("", "1 profile checked with snapshot.json, no faults found\n")
    assert status == 0


@pytest.mark.parametrize("case", cases("bad"))
def test_a_cluster_that_does_not(
    case: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    golden: Callable[[Path, str], None],
) -> None:
    monkeypatch.chdir(tmp_path)
    status = main(prepared(case, tmp_path))
    said = capsys.readouterr()
    assert not said.out
    assert said.err
    golden(REPORTED / f"{case['name']}.out", said.err)
    assert status == int("error[" in said.err)


def test_every_code_is_reported_by_a_case() -> None:
    said = "".join(path.read_text(encoding="utf-8") for path in REPORTED.glob("*.out"))
    every = {code.id for code in preflight_codes.CODES}
    # Without jsonschema: test_definitions.py.
    assert {code for code in every if f"[{code}]" not in said} == {cluster_codes.NO_JSONSCHEMA.id}


def test_no_report_without_a_case() -> None:
    names = {param.values[0]["name"] for param in cases("bad")}
    assert {path.stem for path in REPORTED.glob("*.out")} == names
