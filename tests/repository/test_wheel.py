"""What a release consists of; its wheel compiles from any directory of a new environment."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from r1c import __version__

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("release") / "dist"
    subprocess.run([REPO / "bin" / "build-release", f"v{__version__}", here], check=True, capture_output=True)
    # The wheel is built from the source archive, so the archive is complete as well.
    return next(here.glob("*.whl"))


def test_a_release_has_its_files_with_checksums_and_notes(wheel: Path) -> None:
    files = {path.name: path.read_bytes() for path in wheel.parent.iterdir()}
    packages = {
        f"r1c-{__version__}-py3-none-any.whl",
        f"r1c-{__version__}.cdx.json",
        f"r1c-{__version__}.tar.gz",
    }
    assert set(files) == {*packages, "NOTES.md", "SHA256SUMS"}
    sums = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(packages)]
    assert files["SHA256SUMS"].decode() == "".join(sums)
    assert b"`r1c compile`" in files["NOTES.md"]
    assert b"## 0" not in files["NOTES.md"]


def test_the_same_commit_gives_the_same_release(wheel: Path, tmp_path: Path) -> None:
    again = tmp_path / "dist"
    subprocess.run(
        [REPO / "bin" / "build-release", f"v{__version__}", again], check=True, capture_output=True
    )
    assert (again / "SHA256SUMS").read_bytes() == (wheel.parent / "SHA256SUMS").read_bytes()


@pytest.mark.parametrize(
    ("tag", "directory", "message"),
    [
        (
            "v9.9.9",
            "dist",
            f"the tag is v9.9.9, but the version in compiler/r1c/__init__.py is {__version__}: "
            f"use the tag v{__version__}, or change the version\n",
        ),
        (f"v{__version__}", ".", ". already exists: name a new directory\n"),
    ],
)
def test_a_release_is_refused(tag: str, directory: str, message: str) -> None:
    command = [str(REPO / "bin" / "build-release"), tag, directory]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, message)


def test_wheel_has_what_r1c_reads(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "r1c/py.typed",
        "r1c/schemas/recipe.schema.json",
        "r1c/schemas/leaderworkerset.schema.json",
        "r1c/facts/vllm.json",
        "r1c/facts/tables/platforms.json",
        "r1c/lower/templates/compiled.py",
        "r1c/report/page.html",
        "r1c/report/style.css",
    ):
        assert needed in names
    assert not {name for name in names if name.startswith(("tests/", "profiles/")) or name.endswith(".j2")}


def test_source_archive_has_what_the_wheel_is_made_of(wheel: Path) -> None:
    with tarfile.open(next(wheel.parent.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for needed in (
        "compiler/r1c/lower/templates/RUNBOOK.md.j2",
        "docker/context/Dockerfile.j2",
        "docker/context/ray_init.sh.j2",
        "requirements/r1c.cdx.json",
        "schemas/recipe.schema.json",
    ):
        assert needed in names


def test_installed_wheel_compiles_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    site = next(environment.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # The libraries come from the environment of the tests; r1c itself only from the wheel.
    libraries = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    (site / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
    python = environment / "bin" / "python"
    code = "import r1c.resources, r1c; print(r1c.__file__)"
    where = subprocess.run(
        [python, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert Path(where.strip()).is_relative_to(environment)
    profile = REPO / "profiles" / "a3mega.yaml"
    subprocess.run([python, "-m", "r1c", "-q", "compile", str(profile)], cwd=tmp_path, check=True)
    expected = REPO / "out" / "deepseek-r1-a3mega"
    for file in expected.rglob("*"):
        if file.is_file():
            assert (
                tmp_path / "out" / expected.name / file.relative_to(expected)
            ).read_bytes() == file.read_bytes()
