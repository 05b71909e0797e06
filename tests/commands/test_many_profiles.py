"""Many profiles in one run: the same words and bytes from one process and from several. About 6 s."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from r1c.cli import main
from r1c.commands import worker_processes

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_profiles(folder: Path, count: int) -> None:
    """Write profiles of which every tenth is refused, and every seventh has its name in quotes."""
    folder.mkdir()
    for number in range(count):
        name = f'"recipe-{number:03}"' if number % 7 == 0 else f"recipe-{number:03}"
        text = BASE.replace("name: base", f"name: {name}")
        if number % 10 == 3:
            text = text.replace("tensor: 8", "tensor: 6")
        (folder / f"{number:03}.yaml").write_text(text, encoding="utf-8")


def tree(place: Path) -> dict[str, bytes]:
    files = (path for path in place.rglob("*") if path.is_file())
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_check_says_the_same_with_workers(
    form: str, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_profiles(here / "many", 70)
    found = []
    for processors in (1, 3):
        monkeypatch.setattr(worker_processes, "_processors", lambda count=processors: count)
        found.append((main(["check", "many", "--format", form]), capsys.readouterr()))
    assert found[0] == found[1]
    status, streams = found[0]
    assert status == 1
    assert (streams.out + streams.err).count("R1C201") >= 7


def test_a_compile_is_the_same_with_workers(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_profiles(here / "many", 40)
    found = []
    for jobs in ("1", "3"):
        for changed in ("many/005.yaml", None):
            said = main(["compile", "many", "--jobs", jobs]), capsys.readouterr()
            found.append((said, tree(here / "out")))
            if changed:
                text = Path(changed).read_text(encoding="utf-8")
                Path(changed).write_text(text.replace("max-num-seqs: 128", "max-num-seqs: 64"))
        Path("many/005.yaml").write_text(BASE.replace("name: base", "name: recipe-005"), encoding="utf-8")
        shutil.rmtree(here / "out")
    first, second = found[:2]
    assert found == [first, second] * 2
    assert second[0][1].out.count(": unchanged\n") == 35
    assert "out/recipe-005: 3 files updated\n" in second[0][1].out


def test_an_unreadable_profile_is_named_before_anything_is_written(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_profiles(here / "many", 3)
    assert main(["compile", "many/000.yaml", "many/none.yaml"]) == 2
    assert capsys.readouterr().err == "r1c: many/none.yaml: cannot be read: No such file or directory\n"
    assert not (here / "out").exists()


def test_a_profile_that_can_be_read_once_only_is_read_once(here: Path) -> None:
    write_profiles(here / "many", 3)
    script = '"$1" -m r1c compile <(cat many/001.yaml) many/002.yaml <(cat many/000.yaml) -q'
    command = ["bash", "-c", script, "bash", sys.executable]
    environment = {"PYTHONPATH": str(Path(worker_processes.__file__).parent.parent), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(path.name for path in (here / "out").iterdir()) == [
        "recipe-000",
        "recipe-001",
        "recipe-002",
    ]


def test_profiles_of_one_name_are_refused_and_all_others_compiled(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """However the name is written: plainly, in quotes, in braces, or in the profile that is extended."""
    for path, text in {
        "a.yaml": BASE,
        "b.yaml": BASE.replace("name: base", 'name: "b\\x61se"'),
        "c.yaml": BASE.replace("metadata:\n  name: base", "metadata: {name: base}"),
        "d.yaml": "extends: a.yaml\n",
        "e.yaml": BASE.replace("name: base", "name: other"),
        "f.yaml": "metadata: [\n",
        "g.yaml": BASE.replace("name: base", "name: [base]"),
        "h.yaml": BASE.replace("name: base", "name: other").replace("tensor: 8", "tensor: 6"),
    }.items():
        (here / path).write_text(text, encoding="utf-8")
    paths = [f"{letter}.yaml" for letter in "abcdefgh"]
    for jobs in ("1", "3"):
        assert main(["compile", *paths, "--jobs", jobs]) == 1
        streams = capsys.readouterr()
        refused = [line for line in streams.err.splitlines() if "R1C902" in line]
        assert refused == [
            f"error[R1C902]: the name base is also the name of {others}"
            for others in ("b.yaml and 2 more profiles", *["a.yaml and 2 more profiles"] * 3)
        ]
        assert [path.name for path in (here / "out").iterdir()] == ["other"]
        assert streams.out.startswith("out/other: ")
        shutil.rmtree(here / "out")
