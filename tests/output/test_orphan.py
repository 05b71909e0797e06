"""Outputs that no profile creates: which are named, and that --prune removes only unedited files of r1c."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from r1c.cli import main
from r1c.output.lock import LOCK
from r1c.output.orphan import content, outputs, prune

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")
Captured = pytest.CaptureFixture[str]


def profile(name: str, file: str) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(BASE.replace("name: base", f"name: {name}"), encoding="utf-8")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    """Two outputs, of which `gone` has no profile any more."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    profile("kept", "profiles/kept.yaml")
    profile("gone", "profiles/gone.yaml")
    assert main(["-q", "compile", "profiles"]) == 0
    Path("profiles/gone.yaml").unlink()
    capsys.readouterr()
    return tmp_path


WARNING = (
    "warning[R1C904]: no profile creates this output any more\n"
    " --> out/gone\n"
    "  = help: `r1c diff profiles` shows what it leaves in the cluster; "
    "`r1c compile profiles --prune` removes the files\n"
    "\n"
    "1 warning\n"
)


def files(folder: str) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in Path(folder).rglob("*")
        if path.is_file() or path.is_symlink()
    }


@pytest.mark.parametrize(
    ("options", "status"), [([], 0), (["--check"], 1), (["--strict"], 1), (["--dry-run"], 0)]
)
def test_a_compile_names_it(options: list[str], status: int, capsys: Captured) -> None:
    assert main(["compile", "profiles", *options]) == status
    assert capsys.readouterr().err == WARNING
    assert Path("out/gone/service.yaml").is_file()


def test_one_profile_says_nothing_about_the_others(capsys: Captured) -> None:
    assert main(["compile", "profiles/kept.yaml", "--check"]) == 0
    assert main(["compile", "profiles", "-o", "-"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["compile", "profiles/kept.yaml", "--prune"]) == 2
    assert capsys.readouterr().err == (
        "r1c: --prune needs a directory of profiles, such as `r1c compile profiles --prune`\n"
    )


@pytest.mark.parametrize("options", [["--check"], ["-o", "-"]])
def test_prune_is_for_a_compile_to_disk(options: list[str], capsys: Captured) -> None:
    assert main(["compile", "profiles", "--prune", *options]) == 2
    assert (
        capsys.readouterr().err == "r1c: --prune removes outputs on disk: use it without --check and -o -\n"
    )


def test_an_output_of_a_profile_elsewhere_in_the_repository_is_not_one(capsys: Captured) -> None:
    profile("gone", "team/recipes/gone.yaml")
    assert main(["compile", "profiles", "--check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_directory_that_other_repositories_write_to_has_none(here: Path, capsys: Captured) -> None:
    shared = here.parent / "manifests"
    shutil.copytree(here / "out", shared)
    assert main(["compile", "profiles", "-o", str(shared), "--prune"]) == 0
    assert capsys.readouterr() == (f"{shared}/kept: unchanged\n", "")
    assert (shared / "gone" / "service.yaml").is_file()


@pytest.mark.parametrize("file", ["profiles/gone.yaml", "team/gone.yaml"])
def test_nothing_is_said_while_a_name_cannot_be_read(file: str, capsys: Captured) -> None:
    Path(file).parent.mkdir(exist_ok=True)
    Path(file).write_text("kind: Recipe\nmetadata: {name: gone\n", encoding="utf-8")
    main(["compile", "profiles", "--prune"])
    assert "R1C904" not in capsys.readouterr().err
    assert Path("out/gone/service.yaml").is_file()


def test_prune_removes_the_whole_output(capsys: Captured) -> None:
    number = len(files("out/gone"))
    assert main(["compile", "profiles", "--prune"]) == 0
    found = capsys.readouterr()
    assert found.err == ""
    assert found.out == (
        "out/kept: unchanged\n"
        f"out/gone: {number} files removed; what it created in my-project/us-central1/my-cluster stays until "
        "you delete it there\n"
    )
    assert [path.name for path in Path("out").iterdir()] == ["kept"]


def test_a_dry_run_names_what_would_be_removed(capsys: Captured) -> None:
    before = files("out/gone")
    assert main(["compile", "profiles", "--prune", "--dry-run"]) == 0
    said = capsys.readouterr().out.splitlines()
    prefix = "would be removed: out/gone/"
    assert {line.removeprefix(prefix) for line in said if line.startswith(prefix)} == before
    assert files("out/gone") == before


def test_prune_keeps_what_someone_edited_or_added(here: Path, capsys: Captured) -> None:
    edited = here / "out" / "gone" / "service.yaml"
    edited.write_text(edited.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    (here / "out" / "gone" / "hf-secret.env").write_text("hf_api_token=x\n", encoding="utf-8")
    outside = here / "outside.yaml"
    outside.write_text("mine\n", encoding="utf-8")
    linked = here / "out" / "gone" / "kustomization.yaml"
    linked.unlink()
    linked.symlink_to(outside)
    folder = here / "elsewhere"
    shutil.move(here / "out" / "gone" / "image", folder)
    (here / "out" / "gone" / "image").symlink_to(folder)
    assert main(["compile", "profiles", "--prune"]) == 0
    said = capsys.readouterr().out
    assert "kept: out/gone/service.yaml was edited by hand\n" in said
    assert "kept: out/gone/hf-secret.env is not from r1c\n" in said
    assert "kept: out/gone/kustomization.yaml was edited by hand\n" in said
    assert "kept: out/gone/image is not from r1c\n" in said
    assert "kept: out/gone/.gitignore keeps hf-secret.env out of git; remove that first\n" in said
    assert files("out/gone") == {"service.yaml", "hf-secret.env", ".gitignore", "kustomization.yaml", "image"}
    assert outside.read_text(encoding="utf-8") == "mine\n"
    assert (folder / "Dockerfile").is_file()
    assert main(["compile", "profiles", "--check"]) == 0


def test_a_recipe_without_the_file_of_the_token_keeps_its_gitignore(here: Path, capsys: Captured) -> None:
    (here / "out" / "kept" / "hf-secret.env").write_text("hf_api_token=x\n", encoding="utf-8")
    text = Path("profiles/kept.yaml").read_text(encoding="utf-8")
    Path("profiles/kept.yaml").write_text(f"{text}  huggingface: {{source: existing}}\n", encoding="utf-8")
    assert main(["compile", "profiles/kept.yaml"]) == 0
    assert (
        "kept: out/kept/.gitignore is no longer part of the recipe, but it keeps hf-secret.env out of git\n"
        in capsys.readouterr().out
    )
    assert {".gitignore", "hf-secret.env"} <= files("out/kept")
    assert main(["compile", "profiles/kept.yaml", "--check"]) == 0


def test_prune_waits_until_every_profile_compiles(capsys: Captured) -> None:
    text = Path("profiles/kept.yaml").read_text(encoding="utf-8")
    Path("profiles/kept.yaml").write_text(text.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    assert main(["compile", "profiles", "--prune"]) == 1
    assert "warning[R1C904]" in capsys.readouterr().err
    assert Path("out/gone/service.yaml").is_file()


@pytest.mark.parametrize("lock", [b"{", b"", None])
def test_without_a_lock_that_proves_it_nothing_is_an_output_of_r1c(
    lock: bytes | None, here: Path, capsys: Captured
) -> None:
    place = here / "out" / "gone" / LOCK
    place.unlink()
    if lock is not None:
        place.write_bytes(lock)
    assert main(["compile", "profiles", "--prune"]) == 0
    assert capsys.readouterr().err == ""
    assert (here / "out" / "gone" / "service.yaml").is_file()


def test_a_copy_under_another_name_is_not_an_output(here: Path) -> None:
    shutil.copytree(here / "out" / "gone", here / "out" / "copy")
    (here / "out" / "link").symlink_to(here / "out" / "gone")
    found = outputs("out", deep=True, skip=lambda _: False)
    assert [item.target for item in found] == ["out/gone", "out/kept"]


@pytest.mark.usefixtures("here")
def test_an_output_that_a_profile_makes_is_not_read() -> None:
    found = outputs("out", deep=True, skip=lambda target: target == "out/kept")
    assert [item.target for item in found] == ["out/gone"]


def test_a_prune_that_was_killed_goes_on(here: Path) -> None:
    (here / "out" / "gone" / "service.yaml").unlink()
    (orphan,) = outputs("out", deep=False, skip=lambda target: target == "out/kept")
    assert "service.yaml" not in content(orphan).own
    prune(orphan, {"out"})
    assert not (here / "out" / "gone").exists()


def test_the_last_deleted_profile_is_named_and_pruned(here: Path, capsys: Captured) -> None:
    Path("profiles/kept.yaml").unlink()
    assert main(["compile", "profiles", "--check"]) == 1
    assert capsys.readouterr().err.count("warning[R1C904]") == 2
    assert main(["check", "profiles"]) == 0
    assert capsys.readouterr().err.splitlines()[0] == (
        "warning[R1C904]: no profile creates this output any more"
    )
    assert main(["check", "profiles", "--strict"]) == 1
    capsys.readouterr()
    assert main(["diff", "profiles"]) == 1
    assert capsys.readouterr().out.endswith(
        "\n2 of 2 recipes change: 32 GPUs affected\n"
        "gone: recipe removed: leaves objects to delete\n"
        "kept: recipe removed: leaves objects to delete\n"
    )
    assert main(["compile", "profiles", "--prune"]) == 0
    assert list((here / "out").iterdir()) == []
    capsys.readouterr()
    assert [main(["check", "profiles"]), main(["compile", "profiles"])] == [2, 2]
    assert capsys.readouterr().err == (
        "r1c: profiles: no file in this directory is a recipe (kind: Recipe)\n" * 2
    )


def test_a_diff_shows_what_it_leaves_in_the_cluster(capsys: Captured) -> None:
    assert main(["diff", "profiles"]) == 1
    said = capsys.readouterr().out
    assert said.startswith(
        "out/gone -> nothing\n"
        "\n"
        "- LeaderWorkerSet gone (default)\n"
        "  = stays in the cluster and holds its 16 GPUs until you delete it\n"
        "      kubectl delete leaderworkerset gone -n default\n"
    )
    assert "\n  cluster: my-cluster\n" in said
    assert said.endswith(
        "\n1 of 2 recipes changes: 16 GPUs affected\n"
        "gone: recipe removed: leaves objects to delete\n"
        "kept: no difference\n"
    )


def test_a_renamed_recipe_is_named_by_its_new_name_once(capsys: Captured) -> None:
    profile("renamed", "profiles/gone.yaml")
    assert main(["diff", "profiles"]) == 1
    assert "\n> LeaderWorkerSet gone -> renamed (default)\n" in capsys.readouterr().out
    assert main(["compile", "profiles"]) == 0
    assert (
        "no profile creates this output any more: profiles/gone.yaml is the same recipe, renamed to renamed\n"
        in capsys.readouterr().err
    )
    # Both are there now, and a twin is not a proof.
    assert main(["compile", "profiles"]) == 0
    assert "any more\n --> out/gone\n" in capsys.readouterr().err


def test_a_rename_with_another_change_is_not_proved(capsys: Captured) -> None:
    profile("renamed", "profiles/gone.yaml")
    text = Path("profiles/gone.yaml").read_text(encoding="utf-8")
    Path("profiles/gone.yaml").write_text(text.replace("32768", "16384"), encoding="utf-8")
    assert main(["diff", "profiles"]) == 1
    said = capsys.readouterr().out
    assert "out/gone -> nothing\n" in said
    assert "nothing -> profiles/gone.yaml\n" in said
