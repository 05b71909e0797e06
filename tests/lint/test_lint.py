"""`r1c lint`: files of every kind with their reports, and that nothing is said which a file does not say."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from r1c.check.rules import every
from r1c.cli import main
from r1c.diagnostics import Finding, Related, Severity
from r1c.lint import judge
from r1c.lint.applies import APPLIES, HELP
from r1c.lint.codes import FEWER_GPUS
from r1c.lint.words import in_flags

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


def test_the_formats_of_check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES[0].parent / "gpus-missing")
    assert main(["lint", "deployment.yaml", "--format", "json"]) == 1
    (item,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert (item["code"], item["file"], item["line"], item["column"]) == ("R1C240", "deployment.yaml", 21, 29)
    assert main(["lint", "deployment.yaml", "--format", "github"]) == 1
    assert capsys.readouterr().out == (
        "::error file=deployment.yaml,line=21,col=29,endColumn=30,title=R1C240 fewer-gpus-than-ranks::"
        "the pods request 4 GPUs, but the server has 8 ranks%0A"
        "help: make the parallel sizes multiply to 4, or request 8 GPUs in total\n"
    )
    assert main(["lint", "deployment.yaml", "--format", "sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "R1C240"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 21


def test_a_warning_fails_only_if_strict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES[0].parent / "gpus-idle")
    assert main(["lint", "deployment.yaml"]) == 0
    assert main(["lint", "deployment.yaml", "--strict"]) == 1
    assert "R1C241" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.yaml"], "r1c: missing.yaml: cannot be read: No such file or directory\n"),
        ([".", "--platform", "a3-maga"], "r1c: unknown platform a3-maga; did you mean a3-mega?\n"),
        ([".", "--vllm", "latest"], "r1c: latest is not a vLLM release that r1c knows\n"),
        (["broken.yaml"], "r1c: broken.yaml: 2:1: not valid YAML: expected a value, got this\n"),
    ],
)
def test_wrong_usage(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(CASES[0].parent / "several-files")
    assert main(["lint", *arguments]) == 2
    assert capsys.readouterr().err == message


def test_every_code_that_applies_is_a_rules() -> None:
    rules = {rule.code.id for rule in every()}
    assert rules >= APPLIES
    assert set(HELP) <= rules | {"R1C701"}


def test_a_finding_names_flags_instead_of_fields() -> None:
    finding = Finding(
        (),
        "x was removed in vLLM v0.8.3; the profile uses v0.10.0",
        "write tensor: 8 and pipeline: 2 with nodes: 2, write platform: a4, "
        "add --trust-remote-code to vllm.args, or write max-model-len: 4096 or enable-expert-parallel: true",
        related=(Related("write pipeline: 1 and nodes: 1"),),
    )
    worded = in_flags(FEWER_GPUS, finding)
    assert worded.message == "x was removed in vLLM v0.8.3; this server has v0.10.0"
    assert worded.help == (
        "write --tensor-parallel-size 8 and --pipeline-parallel-size 2 on 2 nodes, use a4, "
        "add --trust-remote-code, or write --max-model-len 4096 or --enable-expert-parallel"
    )
    assert worded.related[0].message == "write --pipeline-parallel-size 1 on one node"
    assert FEWER_GPUS.severity is Severity.ERROR


def test_no_report_speaks_of_profiles() -> None:
    for case in CASES:
        text = (case / REPORT).read_text(encoding="utf-8")
        shown = "\n".join(
            line for line in text.splitlines() if "-v prints" not in line and "not reported" not in line
        )
        assert not re.search(r"profile|vllm\.args|spec\.", shown), case.name


def test_the_folder_of_an_overlay_says_what_to_lint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my prod").mkdir()
    (tmp_path / "my prod" / "kustomization.yaml").write_text("resources:\n- ../../out/a\n", encoding="utf-8")
    assert main(["lint", "my prod"]) == 0
    assert capsys.readouterr().out == (
        "no vLLM server found in 1 file; `kubectl kustomize 'my prod' | r1c lint -` checks the overlay\n"
    )


def test_a_page_on_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parent / "cases" / "markdown" / "README.md").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(page)))
    assert main(["lint", "-"]) == 1
    assert " --> <stdin>:9:68\n" in capsys.readouterr().err


def test_a_page_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "README.md"
    page.write_text("# Title\n\n`vllm serve Qwen/Qwen3-32B -tp 6`\n\n```\nls\n```\n", encoding="utf-8")
    assert main(["lint", str(page)]) == 0
    assert "nothing in it starts vLLM" in capsys.readouterr().err
