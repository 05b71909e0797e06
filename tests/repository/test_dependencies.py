"""What r1c imports is what pyproject.toml asks for, and what requirements/ pins."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
BUILD = {"hatchling", "editables"}
"""What run.in has besides: the build of r1c, editable or not."""


def imported() -> set[str]:
    """Return the first names of the packages that a module of r1c imports and that are not Python's own."""
    found: set[str] = set()
    for path in (REPO / "compiler").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(str(node.module).split(".")[0])
    return found - set(sys.stdlib_module_names) - {"r1c"}


def package(requirement: str) -> str:
    """Return the first name by which a required package is imported."""
    return re.split(r"[^\w-]", requirement, maxsplit=1)[0].replace("-", "_")


def normal(requirement: str) -> str:
    """Return the name of a required package as pip-compile writes it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>= ]", requirement, maxsplit=1)[0]).lower()


def lines(name: str) -> list[str]:
    text = (REPO / "requirements" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_r1c_imports_what_it_depends_on_and_nothing_else() -> None:
    project = PROJECT["project"]
    extras = [item for extra in project["optional-dependencies"].values() for item in extra]
    assert imported() == {package(item) for item in [*project["dependencies"], *extras]}


def test_run_in_has_the_dependencies_of_the_project() -> None:
    assert sorted(set(lines("run.in")) - BUILD) == sorted(PROJECT["project"]["dependencies"])
    assert set(lines("run.in")) >= BUILD
    assert "-r run.in" in lines("dev.in")


def test_report_in_has_the_dependencies_of_its_extra() -> None:
    assert lines("report.in") == PROJECT["project"]["optional-dependencies"]["report"]


@pytest.mark.parametrize("name", ["run", "dev", "report"])
def test_every_pin_has_its_hashes_and_names_no_registry(name: str) -> None:
    text = (REPO / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    pins = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]
    asked = {normal(item) for item in lines(f"{name}.in") if not item.startswith("-r")}
    assert asked <= {normal(pin) for pin in pins}
    assert all(pin.endswith(" \\") for pin in pins)
    assert len(re.findall(r"^    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)) >= len(pins)
