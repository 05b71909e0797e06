"""`r1c upgrade`: each folder has a profile, the words of the command, what is printed, and the files then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from r1c.cli import main

CASES = sorted(path for path in Path(__file__).parent.iterdir() if (path / "arguments.txt").exists())


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(
    case: Path,
    golden: Callable[[Path, str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    profiles = sorted(case.glob("*.yaml"))
    for profile in profiles:
        shutil.copy(profile, tmp_path)
    monkeypatch.chdir(tmp_path)
    words = (case / "arguments.txt").read_text(encoding="utf-8").split()
    status = main(["upgrade", *words])
    streams = capsys.readouterr()
    golden(case / "stdout.txt", streams.out)
    golden(case / "stderr.txt", f"{streams.err}exit {status}\n")
    for profile in profiles:
        after = (tmp_path / profile.name).read_bytes().decode()
        written = "--write" in words and after != profile.read_text(encoding="utf-8")
        assert written or after == profile.read_text(encoding="utf-8")

        if written:
            golden(case / f"{profile.stem}.after", after)
