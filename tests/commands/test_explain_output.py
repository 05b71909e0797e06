"""`r1c explain out/NAME/FILE:LINE`: what a user sees, also where an output is not up to date."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import REPO
from r1c.cli import main

PAGE = REPO / "docs" / "explain-lines.md"
CONSOLE = re.compile(r"^```console\n\$ r1c ([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
OUT = "out/deepseek-r1-a3mega"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one shipped profile and its output."""
    (tmp_path / "profiles").mkdir()
    shutil.copy(REPO / "profiles" / "a3mega.yaml", tmp_path / "profiles")
    shutil.copytree(REPO / OUT, tmp_path / OUT)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explained(capsys: Capture, *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert main(["explain", *arguments]) == status
    said = capsys.readouterr()
    return said.err if status else said.out


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.origins
def test_the_consoles_are_what_r1c_prints(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, golden: Callable[[Path, str], None]
) -> None:
    monkeypatch.chdir(REPO)

    def run(match: re.Match[str]) -> str:
        assert main(shlex.split(match[1])) == 0
        return f"```console\n$ r1c {match[1]}\n{capsys.readouterr().out}```"

    golden(PAGE, CONSOLE.sub(run, PAGE.read_text(encoding="utf-8")))


@pytest.mark.origins
def test_an_inherited_value_has_the_file_and_line_that_gives_it(repository: Path, capsys: Capture) -> None:
    (repository / "profiles" / "team.yaml").write_text(
        "spec:\n  service:\n    port: 8200\n", encoding="utf-8"
    )
    edit(repository / "profiles" / "a3mega.yaml", "spec:\n", "extends: team.yaml\nspec:\n")
    assert main(["compile", "profiles/a3mega.yaml", "-q"]) == 0
    said = explained(capsys, f"{OUT}/service.yaml:spec.ports[0].port")
    assert "  spec.service.port: 8200 (profiles/team.yaml:3)\n" in said
    assert said.endswith("to change it\n  change spec.service.port at profiles/team.yaml:3\n")


@pytest.mark.origins
def test_a_default_of_the_repository_has_its_line_in_r1c_yaml(repository: Path, capsys: Capture) -> None:
    (repository / "r1c.yaml").write_text(
        "apiVersion: r1c.dev/v1alpha1\nkind: Repository\nspec:\n  defaults:\n    spec:\n      service:\n"
        "        port: 8300\n",
        encoding="utf-8",
    )
    assert main(["compile", "profiles/a3mega.yaml", "-q"]) == 0
    said = explained(capsys, f"{OUT}/service.yaml:spec.ports[0].port")
    assert "  spec.service.port: 8300 (r1c.yaml:7)\n" in said


@pytest.mark.origins
def test_a_profile_that_has_changed_is_said_and_the_other_lines_are_explained(
    repository: Path, capsys: Capture
) -> None:
    edit(repository / "profiles" / "a3mega.yaml", "nodes: 2", "nodes: 3")
    edit(repository / "profiles" / "a3mega.yaml", "pipeline: 2", "pipeline: 3")
    said = explained(capsys, f"{OUT}/leaderworkerset.yaml:14")
    changed = "profiles/a3mega.yaml has changed since this file was written; compile again"
    assert said.startswith(
        f"{OUT}/leaderworkerset.yaml: {changed}\n\n{OUT}/leaderworkerset.yaml:14\n    replicas: 1\n"
    )
    assert "spec.replicas: 1 (default)" in said
    gone = explained(capsys, f"{OUT}/leaderworkerset.yaml:24")
    assert gone.endswith(
        f"{OUT}/leaderworkerset.yaml:24\n    size: 2\n\nprofiles/a3mega.yaml does not compile to this line; "
        "`r1c compile profiles/a3mega.yaml` writes the file again\n"
    )


def test_an_edited_file_is_said_and_lines_below_the_edit_are_found(repository: Path, capsys: Capture) -> None:
    path = repository / OUT / "leaderworkerset.yaml"
    edit(path, "spec:\n  replicas", "spec:\n  # ours\n  replicas")
    said = explained(capsys, f"{OUT}/leaderworkerset.yaml:15")
    differs = "differs from what profiles/a3mega.yaml compiles to now"
    cause = "it was edited by hand, or another version of r1c wrote it"
    file = f"{OUT}/leaderworkerset.yaml"
    assert said.startswith(f"{file}: {differs}: {cause}\n\n{file}:15\n    replicas: 1\n")
    assert "spec.replicas: 1 (default)" in said


@pytest.mark.usefixtures("repository")
def test_json_has_every_origin_of_a_line(capsys: Capture) -> None:
    said = json.loads(explained(capsys, "--format", "json", f"{OUT}/leaderworkerset.yaml:spec.replicas"))
    line = said["lines"][0]
    assert (said["profile"], said["notes"], line["line"]) == ("profiles/a3mega.yaml", [], 14)
    assert line["madeOf"][0] == {
        "kind": "default",
        "name": "spec.replicas",
        "value": "1",
        "file": "profiles/a3mega.yaml",
    }
    assert [item["name"] for item in line["conditions"]] == ["spec.scaling"]
    assert line["change"] == ["write spec.replicas into profiles/a3mega.yaml"]


@pytest.mark.origins
def test_all_has_each_line_of_the_file(repository: Path, capsys: Capture) -> None:
    said = explained(capsys, "--all", f"{OUT}/service.yaml").splitlines()
    text = (repository / OUT / "service.yaml").read_text(encoding="utf-8").splitlines()
    assert len(said) == len(text)
    assert all(shown.endswith(line) for shown, line in zip(said, text, strict=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([f"{OUT}/service.yaml"], "add :LINE or :PATH for one line, or --all for the whole file"),
        ([f"{OUT}/service.yaml:900"], "there is no line 900; the file has 22 lines"),
        ([f"{OUT}/service.yaml:spec.typ"], "no object has spec.typ; did you mean spec.type?"),
        ([f"{OUT}/image/Dockerfile:FROM"], "only a line of it can be named, as :LINE"),
        (["--all", f"{OUT}/service.yaml:3"], "--all explains each line of a file: leave out :3"),
        (["profiles/a3mega.yaml"], "name a file that `r1c compile` wrote, or a line of a profile: FILE:LINE"),
        ([f"{OUT}/own.yaml:1"], "r1c did not write this file: .r1c.lock.json does not list it"),
        ([f"{OUT}/absent.yaml:3"], f"{OUT}/absent.yaml:3: the output has no such file"),
        ([f"{OUT}/image/absent:3"], f"{OUT}/image/absent:3: the output has no such file"),
        ([f"{OUT}/.r1c.lock.json:3"], "it has the digests of the other files; ask about a line of those"),
        (["--all", "network.mode"], "are for a file of an output: name it as out/NAME/FILE:LINE"),
    ],
)
def test_what_cannot_be_explained(
    repository: Path, capsys: Capture, arguments: list[str], message: str
) -> None:
    (repository / OUT / "own.yaml").write_text("kind: Own\n", encoding="utf-8")
    said = explained(capsys, *arguments, status=2)
    assert message in said


@pytest.mark.origins
def test_a_profile_elsewhere_is_named(repository: Path, capsys: Capture) -> None:
    (repository / "profiles" / "a3mega.yaml").rename(repository / "elsewhere.txt")
    place = f"{OUT}/service.yaml:spec.type"
    assert "name it with --profile" in explained(capsys, place, status=2)
    assert "spec.service.type: ClusterIP (default)" in explained(capsys, "--profile", "elsewhere.txt", place)


@pytest.mark.usefixtures("repository")
def test_two_profiles_with_the_name_are_not_guessed_between(capsys: Capture) -> None:
    shutil.copy("profiles/a3mega.yaml", "profiles/copy.yaml")
    said = explained(capsys, f"{OUT}/service.yaml:spec.type", status=2)
    assert "and 1 more profile have the name deepseek-r1-a3mega; name the one to read with --profile" in said


def test_no_other_command_imports_it() -> None:
    script = (
        "import sys; from r1c.cli import main; main(['compile', 'profiles', '--check', '-q']); "
        "main(['explain', 'R1C201']); sys.exit(any(name.startswith('r1c.origin') for name in sys.modules))"
    )
    command = [sys.executable, "-c", script]
    assert subprocess.run(command, cwd=REPO, capture_output=True, check=False).returncode == 0
