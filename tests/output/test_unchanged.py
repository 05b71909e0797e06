"""A recipe whose output is up to date: compile says so, and touches nothing. About 4 s."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from r1c.cli import main

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")
CHILD = "extends: above/parent.yaml\nmetadata: {name: child}\n"
SERVICE = "out/base/service.yaml"

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """A folder with a profile and its output."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    assert main(["compile", "base.yaml"]) == 0
    capsys.readouterr()
    return tmp_path


def said(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    status = main(["compile", *arguments])
    streams = capsys.readouterr()
    # The indented lines describe the recipe.
    done = [line for line in streams.out.splitlines(keepends=True) if not line.startswith("  ")]
    return status, "".join(done), streams.err


def entries(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the inode and the time of all that is in a folder."""
    found = {path: path.stat() for path in [folder, *folder.rglob("*")]}
    return {str(path): (status.st_ino, status.st_mtime_ns) for path, status in found.items()}


def test_nothing_is_touched(here: Path, capsys: Capture) -> None:
    before = entries(here)
    assert said(capsys, "base.yaml") == (0, "out/base: unchanged\n", "")
    assert said(capsys, "base.yaml", "--check") == (0, "out/base: up to date\n", "")
    assert entries(here) == before
    assert [path.name for path in (here / "out").iterdir()] == ["base"]


HARMLESS: dict[str, Callable[[], object]] = {
    "another layout of the profile": lambda: Path("base.yaml").write_text(f"# A comment\n\n{BASE}"),
    "a secret beside the output": lambda: Path("out/base/hf-secret.env").write_text("hf_api_token=x\n"),
    "a person's folder": lambda: Path("out/base/overlay").mkdir(),
    "another mode": lambda: Path(SERVICE).chmod(0o600),
    "another time": lambda: os.utime(SERVICE, (1, 1)),
    "what an earlier version kept": lambda: Path("out/.r1c_cache").mkdir(),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_does_not_matter(change: Callable[[], object], here: Path, capsys: Capture) -> None:
    change()
    before = entries(here)
    assert said(capsys, "base.yaml") == (0, "out/base: unchanged\n", "")
    assert entries(here) == before


def test_a_change_in_an_extended_profile_is_seen(here: Path, capsys: Capture) -> None:
    (here / "above").mkdir()
    (here / "above" / "parent.yaml").write_text(BASE, encoding="utf-8")
    (here / "child.yaml").write_text(CHILD, encoding="utf-8")
    main(["-q", "compile", "child.yaml"])
    assert said(capsys, "child.yaml") == (0, "out/child: unchanged\n", "")
    changed = BASE.replace("max-num-seqs: 128", "max-num-seqs: 64")
    (here / "above" / "parent.yaml").write_text(changed, encoding="utf-8")
    status, out, err = said(capsys, "child.yaml")
    assert (status, err) == (0, "")
    assert out == "out/child: 3 files updated\n"
    (here / "above" / "parent.yaml").unlink()
    assert said(capsys, "child.yaml")[0] == 1


def test_of_many_profiles_those_that_changed_are_written(here: Path, capsys: Capture) -> None:
    (here / "many").mkdir()
    for number in range(6):
        text = BASE.replace("name: base", f"name: recipe-{number}")
        (here / "many" / f"{number}.yaml").write_text(text, encoding="utf-8")
    main(["-q", "compile", "many"])
    path = here / "many" / "3.yaml"
    path.write_text(path.read_text().replace("max-num-seqs: 128", "max-num-seqs: 64"), encoding="utf-8")
    (here / "many" / "4.yaml").write_text("kind: Recipe\n", encoding="utf-8")
    before = {place: times for place, times in entries(here / "out").items() if "recipe-3" not in place}
    status, out, err = said(capsys, "many")
    assert status == 1
    assert "4.yaml" in err
    assert [line for line in out.splitlines() if line.endswith("unchanged")] == [
        f"out/recipe-{number}: unchanged" for number in (0, 1, 2, 5)
    ]
    assert out.index("out/recipe-2: unchanged") < out.index("out/recipe-3: 3 files updated")
    after = {place: times for place, times in entries(here / "out").items() if "recipe-3" not in place}
    assert after == before
