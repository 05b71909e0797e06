"""`r1c upgrade`: what it refuses, and that a profile which was upgraded needs no edit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conftest import REPO
from r1c.cli import main

PROFILE = str(REPO / "profiles" / "a3mega.yaml")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-", "--write"], "--write needs a file, not standard input"),
        ([str(REPO / "profiles")], f"{REPO / 'profiles'}: this is a directory; name one file"),
        ([PROFILE, "--vllm", "newest"], "newest is not a vLLM release; write its tag, such as v0.33.0"),
        ([PROFILE, "--gpudirect", "v1.0.16-1"], "--gpudirect v1.0.16-1: did you mean v1.0.16?"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, list) else "",
)
def test_wrong_usage(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upgrade", *words]) == 2
    assert capsys.readouterr().err == f"r1c: {message}\n"


def test_a_profile_with_errors_is_reported_as_check_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text((REPO / "examples" / "bad.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["upgrade", str(path)]) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("error[R1C")


def test_a_second_upgrade_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "profile.yaml"
    shutil.copy(PROFILE, path)
    assert main(["upgrade", str(path), "--vllm", "v0.19.0", "--write"]) == 0
    first = path.read_bytes()
    capsys.readouterr()
    assert main(["upgrade", str(path), "--vllm", "v0.19.0", "--write"]) == 0
    assert path.read_bytes() == first
    assert capsys.readouterr().out == f"{path}: nothing to change\n\nThe profile checks clean.\n"


def test_a_profile_with_the_newest_release_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    path = REPO / "profiles" / "glm-5-a3ultra.yaml"
    assert main(["upgrade", str(path)]) == 0
    assert capsys.readouterr().out == (
        f"{path}: nothing to change\n"
        "  v0.33.0 is the newest release with which zai-org/GLM-5-FP8 on a3-ultra checks clean, "
        "and the profile already has it\n\n"
        "The profile checks clean.\n"
    )


def test_without_write_no_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    shutil.copy(PROFILE, path)
    assert main(["upgrade", str(path)]) == 0
    assert path.read_bytes() == Path(PROFILE).read_bytes()
