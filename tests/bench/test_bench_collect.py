"""Paths -> results: folders of a Job, each point once, and files of any origin."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench_folder import write
from r1c.bench.collect import collect
from r1c.diagnostics import UserError

BENCH = Path(__file__).parents[1] / "bench"


def test_a_point_is_tied_to_its_metadata(tmp_path: Path) -> None:
    write(tmp_path / "20260105T101500Z-0", {})
    (found,) = collect([str(tmp_path)]).results
    assert found.source == str(tmp_path / "20260105T101500Z-0" / "result.json")
    assert (found.point, found.vllm) == ("busy", "0.10.2")
    assert found.settings["input_len"] == 1000
    assert found.figures["prefix_cache_hit_percent"] == 1.0
    assert found.config == {
        "image": "r/vllm:v0.10.2",
        "served model": "m",
        "replicas": "1",
        "--max-model-len": "32768",
        "--trust-remote-code": "set",
    }


@pytest.mark.parametrize("name", ["metadata.json", "result.json", "output.txt"])
def test_each_file_of_a_point_stands_for_the_point(name: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "p", {})
    assert [found.point for found in collect([str(folder / name)]).results] == ["busy"]


def test_a_point_that_was_tried_again_counts_once(tmp_path: Path) -> None:
    write(tmp_path / "1-0", {"duration": 1.0}, started="2026-01-05T10:00:00Z")
    write(tmp_path / "2-0", {"duration": 2.0}, started="2026-01-05T11:00:00Z")
    write(tmp_path / "3-0", None, started="2026-01-05T09:00:00Z", status="running")
    found = collect([str(tmp_path), str(tmp_path / "1-0" / "result.json")])
    assert [result.figures["duration_s"] for result in found.results] == [2.0]
    assert found.faults == ()


def test_another_job_is_another_run(tmp_path: Path) -> None:
    write(tmp_path / "1-0", {})
    write(tmp_path / "2-0", {}, job="another")
    assert len(collect([str(tmp_path)]).results) == 2


def test_a_point_without_a_result_says_why(tmp_path: Path) -> None:
    write(tmp_path / "1-0", {}, status="failed", reason="only 3 of 100 requests succeeded")
    write(tmp_path / "2-1", None, status="running", index=1)
    write(tmp_path / "3-2", {}, index=2)
    (tmp_path / "3-2" / "metadata.json").write_text("{", encoding="utf-8")
    found = collect([str(tmp_path)])
    assert found.results == ()
    assert [(fault.source.removeprefix(f"{tmp_path}/"), fault.reason) for fault in found.faults] == [
        ("3-2/metadata.json", "the metadata is cut off, or is not from a benchmark Job of r1c"),
        ("1-0", "point busy has no result: only 3 of 100 requests succeeded"),
        ("2-1", "point busy has no result: it did not finish, or is still running"),
    ]


def test_a_folder_of_any_files(tmp_path: Path) -> None:
    for name in ("b.json", "a.pytorch.json", ".hidden.json", "notes.md"):
        (tmp_path / name).write_text(
            (BENCH / "bad" / "good.json").read_text(encoding="utf-8"), encoding="utf-8"
        )
    assert [found.source for found in collect([str(tmp_path)]).results] == [str(tmp_path / "b.json")]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="gone: cannot be read: No such file or directory"):
        collect([str(tmp_path / "gone")])
    with pytest.raises(UserError, match=r"this directory has no \*\.json"):
        collect([str(tmp_path)])
