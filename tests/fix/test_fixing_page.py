"""docs/fixing.md: its console shows what r1c prints for its profile."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import REPO
from r1c.cli import main

PAGE = REPO / "docs" / "fixing.md"
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
CONSOLE = re.compile(r"^```console\n\$ ([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_console_is_what_r1c_prints(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    golden: Callable[[Path, str], None],
) -> None:
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n# profiles/r1.yaml\nspec:\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    profile = re.sub(r"  vllm:\n.*?(?=  cluster:)", lambda _: shown[1], BASE, flags=re.DOTALL)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "r1.yaml").write_text(profile, encoding="utf-8")

    def printed(found: re.Match[str]) -> str:
        main(found[1].split()[1:])
        said = capsys.readouterr()
        return f"```console\n$ {found[1]}\n{said.out}{said.err}```"

    text, count = CONSOLE.subn(printed, page)
    assert count == 1
    golden(PAGE, text)
    assert main(["check", "profiles/r1.yaml", "--fix", "--strict"]) == 0
