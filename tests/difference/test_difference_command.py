"""`r1c diff`: which sides are compared, exit statuses and streams; git is the real one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from r1c.cli import main

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")
SHORTER = BASE.replace("max-model-len: 32768", "max-model-len: 16384")
CHANGE = "    ~ leader: args[--max-model-len]: 32768 -> 16384\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    return tmp_path


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def commit(message: str = "a") -> None:
    git("init", "-q", ".")
    git("add", "-A")
    git("commit", "-q", "-m", message)


Captured = pytest.CaptureFixture[str]


def diff(capsys: Captured, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["diff", *arguments])
    streams = capsys.readouterr()
    return status, streams.out, streams.err


def as_data(capsys: Captured, *arguments: str) -> Any:
    return json.loads(diff(capsys, *arguments, "--format", "json")[1])["recipes"]


def test_output_on_disk_and_profile_agree(capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml"])
    assert diff(capsys, "base.yaml") == (0, "base: no difference\n", "")


def test_output_on_disk_is_the_old_side(here: Path, capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml", "-o", "deployed"])
    (here / "base.yaml").write_text(SHORTER, encoding="utf-8")
    status, out, err = diff(capsys, "base.yaml", "-o", "deployed")
    assert (status, err) == (1, "")
    assert out.startswith("deployed/base -> base.yaml\n\n~ LeaderWorkerSet base (default)\n" + CHANGE)
    assert "  KV-cache tokens: " in out
    assert "  full length in tokens: 32,768 -> 16,384 (-16,384)\n" in out


def test_figures_of_an_output_are_those_of_its_profile(here: Path, capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml"])
    larger = SHORTER.replace("pipeline: 2", "pipeline: 4").replace("nodes: 2", "nodes: 4")
    (here / "next.yaml").write_text(larger, encoding="utf-8")
    profiles = as_data(capsys, "base.yaml", "next.yaml")
    output = as_data(capsys, "next.yaml")
    assert output[0]["figures"] == profiles[0]["figures"]
    assert [item["changes"] for item in output[0]["objects"]] == [
        item["changes"] for item in profiles[0]["objects"]
    ]


def test_what_someone_edited_shows(here: Path, capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml"])
    file = here / "out" / "base" / "service.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("port: 8000", "port: 9000"), encoding="utf-8")
    status, out, _ = diff(capsys, "base.yaml")
    assert status == 1
    assert "    ~ spec.ports[http].port: 9000 -> 8000\n" in out


def test_another_layout_of_the_same_content_shows_as_that(here: Path, capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml"])
    file = here / "out" / "base" / "service.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    assert diff(capsys, "base.yaml")[:2] == (
        1,
        "out/base -> base.yaml\n\n~ Service base-svc (default)\n"
        "    ~ the same content in another layout\n  = no effect on the cluster\n\n"
        "base: no effect on the cluster\n",
    )


def test_a_file_that_r1c_did_not_write_is_not_read(here: Path, capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml"])
    (here / "out" / "base" / "hf-secret.env").write_text("hf_api_token=secret\n", encoding="utf-8")
    (here / "out" / "base" / "broken.yaml").write_text("a: [\n", encoding="utf-8")
    assert diff(capsys, "base.yaml")[0] == 0


def test_no_output_yet_means_that_all_is_new(capsys: Captured) -> None:
    status, out, _ = diff(capsys, "base.yaml")
    assert status == 1
    assert out.startswith("nothing -> base.yaml\n\n+ LeaderWorkerSet base (default)\n")
    assert out.endswith("\nbase: new recipe: image to build first, creates objects\n")


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "service.yaml",
            "a: [\n",
            "out/base/service.yaml: not valid YAML at line 2; correct it, or compile the profile again",
        ),
        (
            "service.yaml",
            "a: &x [1]\nb: *x\n",
            "out/base/service.yaml: r1c cannot read this YAML: it has anchors, which r1c never writes",
        ),
        (
            "service.yaml",
            "<<<<<<< HEAD\n",
            "out/base/service.yaml: the file has the conflict markers of an unfinished merge (<<<<<<<)",
        ),
        (
            ".r1c.lock.json",
            "{",
            "out/base/.r1c.lock.json: cannot use this lock: it is not valid JSON",
        ),
        (
            "image/Dockerfile",
            "\udcff",
            "out/base/image/Dockerfile: not UTF-8 text; compile the profile again",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    file: str, content: str, message: str, here: Path, capsys: Captured
) -> None:
    main(["-q", "compile", "base.yaml"])
    (here / "out" / "base" / file).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert diff(capsys, "base.yaml") == (2, "", f"r1c: {message}\n")


def test_a_token_in_an_edited_output_is_not_printed(here: Path, capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml"])
    token = "hf_" + "a" * 34
    file = here / "out" / "base" / "leaderworkerset.yaml"
    text = file.read_text(encoding="utf-8").replace("value: /ssd/huggingface", f"value: {token}")
    file.write_text(text, encoding="utf-8")
    for form in ("text", "markdown", "json"):
        status, out, err = diff(capsys, "base.yaml", "--format", form)
        assert status == 1
        assert "HF_HOME" in out
        assert token not in out + err


def test_a_refused_profile_exits_1_with_its_diagnostics(here: Path, capsys: Captured) -> None:
    (here / "bad.yaml").write_text(BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    for arguments in (("bad.yaml",), ("base.yaml", "bad.yaml"), ("bad.yaml", "base.yaml")):
        status, out, err = diff(capsys, *arguments)
        assert (status, out) == (1, "")
        assert err.startswith("error[R1C201]: ")


def test_directories_are_matched_by_name_then_by_file(here: Path, capsys: Captured) -> None:
    for folder, recipes in (
        ("old", {"a": "one", "b": "two", "c": "three", "d": "four"}),
        ("new", {"x": "one", "b": "second", "d": "four", "e": "five"}),
    ):
        (here / folder).mkdir()
        for file, name in recipes.items():
            text = BASE.replace("name: base", f"name: {name}")
            (here / folder / f"{file}.yaml").write_text(text, encoding="utf-8")
    found = [(item["oldName"], item["name"], item["status"]) for item in as_data(capsys, "old", "new")]
    assert found == [
        ("two", "second", "renamed"),
        (None, "four", "same"),
        (None, "five", "added"),
        (None, "one", "same"),
        (None, "three", "removed"),
    ]


def test_revision_has_the_committed_output(here: Path, capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml"])
    commit()
    (here / "base.yaml").write_text(SHORTER, encoding="utf-8")
    main(["-q", "compile", "base.yaml"])
    status, out, err = diff(capsys, "base.yaml", "--rev", "HEAD")
    assert (status, err) == (1, "")
    assert out.startswith("HEAD:out/base -> base.yaml\n\n~ LeaderWorkerSet base (default)\n" + CHANGE)
    git("commit", "-q", "-a", "-m", "b")
    assert diff(capsys, "base.yaml", "--rev", "HEAD")[0] == 0
    assert diff(capsys, "base.yaml", "--rev", "HEAD~1")[1] == out.replace("HEAD:", "HEAD~1:")


def test_revision_without_output_is_compiled(here: Path, capsys: Captured) -> None:
    commit()
    (here / "base.yaml").write_text(SHORTER, encoding="utf-8")
    status, out, _ = diff(capsys, "base.yaml", "--rev", "HEAD")
    assert status == 1
    assert out.startswith("HEAD:base.yaml -> base.yaml\n\n~ LeaderWorkerSet base (default)\n" + CHANGE)


def test_revision_from_a_directory_below(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (here / "deep" / "er").mkdir(parents=True)
    main(["-q", "compile", "base.yaml"])
    commit()
    (here / "base.yaml").write_text(SHORTER, encoding="utf-8")
    monkeypatch.chdir(here / "deep" / "er")
    status, out, _ = diff(capsys, "../../base.yaml", "-o", "../../out", "--rev", "HEAD")
    assert status == 1
    assert out.startswith("HEAD:../../out/base -> ../../base.yaml\n")
    assert CHANGE in out


def test_rename_against_a_revision_shows_as_a_rename(here: Path, capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml"])
    commit()
    (here / "base.yaml").write_text(BASE.replace("name: base", "name: next"), encoding="utf-8")
    out = diff(capsys, "base.yaml", "--rev", "HEAD")[1]
    assert "> LeaderWorkerSet base -> next (default)\n    ~ 9 values change with the new name\n" in out
    assert out.endswith("\nbase -> next: renamed: creates new objects, old ones to delete\n")


def test_a_directory_against_a_revision(here: Path, capsys: Captured) -> None:
    (here / "recipes").mkdir()
    (here / "base.yaml").rename(here / "recipes" / "a.yaml")
    (here / "recipes" / "b.yaml").write_text(BASE.replace("name: base", "name: other"), encoding="utf-8")
    main(["-q", "compile", "recipes"])
    commit()
    (here / "recipes" / "b.yaml").unlink()
    (here / "recipes" / "c.yaml").write_text(BASE.replace("name: base", "name: third"), encoding="utf-8")
    found = as_data(capsys, "recipes", "--rev", "HEAD")
    assert [(item["name"], item["status"]) for item in found] == [
        ("base", "same"),
        ("third", "added"),
        ("other", "removed"),
    ]


BROKEN = "recipes/broken.yaml has errors, so it is not compared"


def beside_base(here: Path) -> Path:
    """Move the profile into a directory, and return another one there, still without errors."""
    (here / "recipes").mkdir()
    (here / "base.yaml").rename(here / "recipes" / "base.yaml")
    broken = here / "recipes" / "broken.yaml"
    broken.write_text(BASE.replace("name: base", "name: broken"), encoding="utf-8")
    return broken


def test_a_profile_with_errors_does_not_hide_the_others_of_its_directory(
    here: Path, capsys: Captured
) -> None:
    broken = beside_base(here)
    commit()
    for fault in ("name: other\n  nmae: x", "name: broken\n  nmae: x"):
        broken.write_text(BASE.replace("name: base", fault), encoding="utf-8")
        status, out, err = diff(capsys, "recipes", "--rev", "HEAD")
        assert (status, out) == (1, f"base: no difference\n{BROKEN}\n")
        assert "unknown field nmae in metadata" in err
    (here / "recipes" / "base.yaml").write_text(SHORTER, encoding="utf-8")
    status, out, _ = diff(capsys, "recipes", "--rev", "HEAD")
    assert (status, CHANGE in out, out.splitlines()[-1]) == (1, True, BROKEN)
    _, out, _ = diff(capsys, "recipes", "--rev", "HEAD", "--format", "markdown")
    assert "\n- `recipes/broken.yaml` has errors, so it is not compared\n" in out
    _, out, _ = diff(capsys, "recipes", "--rev", "HEAD", "--format", "json")
    assert json.loads(out)["notCompared"] == ["recipes/broken.yaml"]


def test_a_profile_with_errors_does_not_hide_how_the_others_differ_from_their_outputs(
    here: Path, capsys: Captured
) -> None:
    broken = beside_base(here)
    main(["-q", "compile", "recipes"])
    broken.write_text(BASE.replace("name: base", "name: broken\n  nmae: x"), encoding="utf-8")
    (here / "recipes" / "base.yaml").write_text(SHORTER, encoding="utf-8")
    status, out, err = diff(capsys, "recipes")
    # The output of the profile with errors is still its own: it is not named as one that no profile creates.
    assert (status, CHANGE in out, out.splitlines()[-1]) == (1, True, BROKEN)
    assert "removed" not in out
    assert "unknown field nmae in metadata" in err


def test_a_past_profile_with_errors_and_no_output_is_named(here: Path, capsys: Captured) -> None:
    (here / "base.yaml").write_text(BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    (here / "two.yaml").write_text(BASE.replace("name: base", "name: two"), encoding="utf-8")
    commit()
    (here / "base.yaml").write_text(BASE, encoding="utf-8")
    status, out, err = diff(capsys, ".", "--rev", "HEAD")
    assert (status, out) == (1, "two: no difference\nHEAD:base.yaml has errors, so it is not compared\n")
    assert "--> HEAD:base.yaml:" in err


def test_a_past_profile_that_is_refused_today_has_its_output(here: Path, capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml"])
    (here / "base.yaml").write_text(BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    commit()
    (here / "base.yaml").write_text(SHORTER, encoding="utf-8")
    status, out, _ = diff(capsys, "base.yaml", "--rev", "HEAD")
    assert status == 1
    assert CHANGE in out


def test_nothing_is_written_or_checked_out(here: Path, capsys: Captured) -> None:
    main(["-q", "compile", "base.yaml"])
    commit()
    (here / "base.yaml").write_text(SHORTER, encoding="utf-8")
    before = {path: path.read_bytes() for path in sorted(here.rglob("*")) if path.is_file()}
    diff(capsys, "base.yaml", "--rev", "HEAD")
    assert {path: path.read_bytes() for path in sorted(here.rglob("*")) if path.is_file()} == before


def test_revision_that_git_does_not_know(capsys: Captured) -> None:
    commit()
    for name in ("absent", "--help", "HEAD:base.yaml"):
        assert diff(capsys, "base.yaml", f"--rev={name}") == (
            2,
            "",
            f"r1c: --rev: this repository has no commit {name}; if it is on a remote, or the clone is "
            "shallow, run git fetch\n",
        )


def test_no_repository(capsys: Captured) -> None:
    status, out, err = diff(capsys, "base.yaml", "--rev", "HEAD")
    assert (status, out) == (2, "")
    assert err.startswith("r1c: --rev: . is not in a git working tree: fatal: not a git repository")


def test_no_git(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("PATH", str(here))
    assert diff(capsys, "base.yaml", "--rev", "HEAD") == (
        2,
        "",
        "r1c: --rev needs git, but git is not on PATH\n",
    )


def test_several_profiles_against_a_revision_are_one_page(here: Path, capsys: Captured) -> None:
    (here / "two.yaml").write_text(BASE.replace("name: base", "name: two"), encoding="utf-8")
    (here / "three.yaml").write_text(BASE.replace("name: base", "name: three"), encoding="utf-8")
    commit()
    three = BASE.replace("name: base", "name: three").replace("pipeline: 2", "pipeline: 4")
    (here / "three.yaml").write_text(three.replace("nodes: 2", "nodes: 4"), encoding="utf-8")
    status, out, err = diff(capsys, "base.yaml", "two.yaml", "three.yaml", "--rev", "HEAD")
    assert (status, err) == (1, "")
    assert out.endswith(
        "\n1 of 3 recipes changes: 32 GPUs affected\n"
        "three: recreates groups (16 GPUs unavailable for about 45 minutes)\n"
        "2 other recipes: no difference\n"
    )
    (here / "two.yaml").write_text(BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    status, out, err = diff(capsys, "two.yaml", "three.yaml", "--rev", "HEAD", "--format", "markdown")
    assert status == 1
    assert "error[R1C201]" in err
    assert out.startswith("### What changes on the cluster\n\n- `three`: recreates groups")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("base.yaml", "base.yaml", "base.yaml"),
            "give OLD and one NEW, or --rev to compare all of them with a git revision",
        ),
        (("-", "--rev", "HEAD"), "--rev needs a file or a directory, not standard input"),
        (("base.yaml", "."), "base.yaml and .: give two profiles, or two directories"),
        (("absent.yaml",), "absent.yaml: cannot be read: No such file or directory"),
    ],
)
def test_wrong_usage_exits_2(arguments: tuple[str, ...], message: str, capsys: Captured) -> None:
    assert diff(capsys, *arguments) == (2, "", f"r1c: {message}\n")
