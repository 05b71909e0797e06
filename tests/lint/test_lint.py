"""`r1c lint`: files of every kind with their reports, and that nothing is said which a file does not say."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from r1c.cli import main
from r1c.lint import judge

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())
REPO = Path(__file__).resolve().parents[2]
OURS = sorted((REPO / "out").iterdir())
OPTIONS, REPORT = "arguments.txt", "report.txt"


def report(case: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """Return what lint says of a case, and its exit status."""
    options = case / OPTIONS
    arguments = options.read_text(encoding="utf-8").split() if options.exists() else []
    inputs = sorted(path.name for path in case.iterdir() if path.name not in (OPTIONS, REPORT))
    status = main(["lint", *arguments, *more, *([] if "." in arguments else inputs)])
    streams = capsys.readouterr()
    return f"{streams.out}{streams.err}exit {status}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(
    case: Path,
    golden: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(case)
    golden(case / REPORT, report(case, capsys))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_what_only_a_profile_says_changes_no_report(
    case: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The placeholders are not in the file, so no finding may depend on them."""
    monkeypatch.chdir(case)
    others: dict[tuple[str, ...], Any] = {
        ("metadata", "name"): "another-name",
        ("spec", "model", "id"): "nobody/knows-this",
        ("spec", "cluster", "project"): "project-2",
        ("spec", "cluster", "name"): "cluster-2",
        ("spec", "cluster", "region"): "europe-west4",
        ("spec", "image", "registry"): "gcr.io/project-2",
        ("spec", "image", "name"): "server",
        ("spec", "storage", "bucket"): "bucket-2",
        ("spec", "storage", "mountPath"): "/data",
        ("spec", "service", "type"): "LoadBalancer",
        ("spec", "serviceAccountName"): "account-2",
        ("spec", "huggingface", "source"): "existing",
        ("spec", "build", "timeout"): "60s",
        ("spec", "benchmark", "inputLen"): 100000,
    }
    monkeypatch.setattr(judge, "PLACEHOLDERS", others)
    assert report(case, capsys) == (case / REPORT).read_text(encoding="utf-8")


@pytest.mark.parametrize("ours", OURS, ids=lambda path: path.name)
def test_our_own_output_has_no_fault(ours: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(ours)]) == 0
    streams = capsys.readouterr()
    assert "no faults found" in streams.out
    assert not streams.out.startswith("0 servers")
    assert streams.err == ""


def test_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b"vllm serve Qwen/Qwen3-32B -tp 7\n")

    monkeypatch.setattr("sys.stdin", Stdin())
    assert main(["lint", "-"]) == 1
    assert capsys.readouterr().err.splitlines()[:5] == [
        "error[R1C201]: tensor parallel size 7 does not divide the 64 attention heads of Qwen/Qwen3-32B",
        " --> <stdin>:1:31",
        "  |",
        "1 | vllm serve Qwen/Qwen3-32B -tp 7",
        "  |                               ^",
    ]
