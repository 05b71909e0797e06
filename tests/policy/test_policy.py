"""What r1c.yaml allows: in the folder of each code bad-*.yaml gives its .out, and ok-*.yaml nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from r1c import codes
from r1c.cli import main
from r1c.commands import inputs
from r1c.diagnostics import Severity
from r1c.diagnostics.text import as_text
from r1c.repository.model import Allow
from r1c.repository.policy import POLICIES, Policy

HERE = Path(__file__).parent
BASE = (HERE.parent / "base.yaml").read_text(encoding="utf-8")
CASES = sorted([*HERE.glob("R1C*/bad-*.yaml"), *HERE.glob("R1C*/ok-*.yaml")])
HEAD = "apiVersion: r1c.dev/v1alpha1\nkind: Repository\n"


def report(profile: str) -> str:
    return as_text(inputs.analysed(profile).diagnostics, colour=False)


@pytest.mark.parametrize("profile", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case(profile: Path, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(profile.parent)
    text = report(profile.name)
    if profile.stem.startswith("bad"):
        assert f"[{profile.parent.name}]" in text
        golden(profile.with_suffix(".out"), text)
    else:
        assert text == ""


def test_every_field_has_one_policy_and_every_policy_its_cases() -> None:
    fields: tuple[str, ...] = Allow.__match_args__
    assert sorted(item.field for item in POLICIES) == sorted(fields)
    assert {item.code.id for item in POLICIES} == {path.parent.name for path in CASES}
    assert {item.code for item in POLICIES} <= set(codes.CODES)


@pytest.mark.parametrize("item", POLICIES, ids=lambda item: item.code.id)
def test_the_example_refuses_the_base_profile(
    item: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    Path("r1c.yaml").write_text(HEAD + item.code.example, encoding="utf-8")
    assert [found.code for found in inputs.analysed("base.yaml").diagnostics] == [item.code.id]


def test_a_profile_cannot_accept_what_is_not_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    accepted = BASE.replace(
        "  name: base\n", "  name: base\n  annotations: {r1c.dev/allow: 'R1C192: please'}\n"
    )
    Path("base.yaml").write_text(accepted, encoding="utf-8")
    Path("r1c.yaml").write_text(f"{HEAD}spec: {{allow: {{platforms: [a4]}}}}\n", encoding="utf-8")
    assert main(["check", "base.yaml"]) == 1
    found = capsys.readouterr().err
    assert "error[R1C192]: platform a3-mega is not allowed in this repository\n" in found
    assert "R1C192 is an error (platform-not-allowed), and an error cannot be accepted" in found
    assert all(item.code.severity is Severity.ERROR for item in POLICIES)


def test_what_is_in_doubt_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE.replace("platform: a3-mega", "platform: 3"), encoding="utf-8")
    Path("r1c.yaml").write_text(f"{HEAD}spec: {{allow: {{platforms: [a4], models: []}}}}\n", encoding="utf-8")
    assert main(["check", "base.yaml"]) == 1
    found = capsys.readouterr().err
    assert "R1C192" not in found
    assert (
        "error[R1C290]: model deepseek-ai/DeepSeek-R1 is not allowed in this repository\n"
        "  --> base.yaml:8:9\n"
        "  |\n"
        "8 |     id: deepseek-ai/DeepSeek-R1\n"
    ).replace("  -->", " -->") in found
    assert "= help: r1c.yaml allows nothing here: add it to the list, or remove the list\n" in found


def test_a_code_scanner_gets_the_line_of_r1c_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    Path("r1c.yaml").write_text(f"{HEAD}spec:\n  allow:\n    platforms: [a4]\n", encoding="utf-8")
    assert main(["check", "base.yaml", "--format", "json"]) == 1
    assert '"file": "r1c.yaml",\n          "line": 5\n' in capsys.readouterr().out
