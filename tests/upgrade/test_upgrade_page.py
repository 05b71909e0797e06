"""docs/upgrade.md: its consoles show what r1c prints, its commands work, its table has every profile."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import REPO
from r1c.cli import main
from r1c.codes import CODES
from r1c.facts import vllm

PAGE = REPO / "docs" / "upgrade.md"
TEXT = PAGE.read_text(encoding="utf-8")
CONSOLE = re.compile(r"^```console\n\$ r1c ([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"^\|[^|]*\| `r1c ([^`]*)` \|$", TEXT, re.MULTILINE)


@pytest.fixture(autouse=True)
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work on copies of the shipped profiles."""
    shutil.copytree(REPO / "profiles", tmp_path / "profiles")
    monkeypatch.chdir(tmp_path)


def test_the_consoles_are_what_r1c_prints(
    capsys: pytest.CaptureFixture[str], golden: Callable[[Path, str], None]
) -> None:
    def printed(found: re.Match[str]) -> str:
        main(found[1].split())
        streams = capsys.readouterr()
        return f"```console\n$ r1c {found[1]}\n{streams.out}{streams.err}```"

    text, count = CONSOLE.subn(printed, TEXT)
    assert count == 2
    golden(PAGE, text)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_finds_nothing_in_the_way(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command.split()) == 0
    assert "r1c: " not in capsys.readouterr().err


def test_the_table_has_every_profile_and_known_codes() -> None:
    table = TEXT.partition("<!-- pairs -->")[2]
    rows = re.findall(r"^\| ([\w.-]+) \| ([\d,]+) of ([\d,]+) \| ([^|]*) \|$", table, re.MULTILINE)
    assert [name for name, *_ in rows] == [path.stem for path in sorted(REPO.glob("profiles/*.yaml"))]
    pairs = len(vllm.versions()) * (len(vllm.versions()) - 1)
    assert {int(every.replace(",", "")) for _, _, every, _ in rows} == {pairs}
    assert set(re.findall(r"R1C\d+", table)) <= {code.id for code in CODES}
