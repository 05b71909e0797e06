"""The built wheel compiles from any directory of a new environment, with its schemas and facts."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(here), str(REPO)]
    subprocess.run(command, check=True, capture_output=True)
    # The wheel is built from the source archive, so the archive is complete as well.
    return next(here.glob("*.whl"))


def test_wheel_has_what_r1c_reads(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "r1c/py.typed",
        "r1c/schemas/recipe.schema.json",
        "r1c/schemas/leaderworkerset.schema.json",
        "r1c/facts/vllm.json",
        "r1c/facts/tables/platforms.json",
        "r1c/lower/templates/compiled.py",
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
