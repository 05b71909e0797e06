"""Imports point one way only: between the folders of r1c by their order, and nowhere in a circle."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from architecture import ORDER, PACKAGE, imports, modules, part

MODULES = modules()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def graph() -> dict[str, frozenset[str]]:
    return {name: frozenset(imports(path)) - {name} for name, path in MODULES.items()}


def test_the_order_names_every_folder_and_nothing_else() -> None:
    assert sorted(ORDER) == sorted({part(module) for module in MODULES})


def test_imports_point_down() -> None:
    wrong = [
        f"{module} imports {other}"
        for module, others in graph().items()
        for other in sorted(others)
        if ORDER.index(part(other)) > ORDER.index(part(module))
    ]
    assert wrong == []


def test_nothing_imports_in_a_circle() -> None:
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " imports ".join((*above[above.index(module) :], module))
        if module in done:
            return
        for other in sorted(graph()[module]):
            visit(other, (*above, module))
        done.add(module)

    for module in MODULES:
        visit(module, ())


def test_only_what_reads_or_writes_files_of_yaml_knows_the_library() -> None:
    readers = {"source", "krm", "adopt", "difference", "bench", "commands"}
    for module, path in MODULES.items():
        if "ruamel" in path.read_text(encoding="utf-8"):
            assert part(module) in readers, module


def test_every_module_opens_with_what_it_is() -> None:
    assert [module for module, path in MODULES.items() if not ast.get_docstring(tree(path))] == []


def test_no_module_without_a_subject() -> None:
    vague = {"utils", "util", "helpers", "common", "base", "manager", "handler", "types", "constants", "misc"}
    assert not {path.stem for path in MODULES.values()} & vague


def test_no_module_is_renamed_where_it_is_imported() -> None:
    """A name that clashes with what its users call their values is the wrong name for a module."""
    renamed = [
        f"{module}: {alias.name} as {alias.asname}"
        for module, path in MODULES.items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("r1c")
        for alias in node.names
        if alias.asname
    ]
    assert renamed == []


def test_only_the_facts_read_their_tables() -> None:
    """Everything else reads records, in which mypy finds a misspelt name."""
    looks_up = re.compile(r"facts\.table\(|\bvllm\w*\.data\(\)")
    wrong = [
        module
        for module, path in MODULES.items()
        if part(module) != "facts" and looks_up.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


LONGEST = 450
"""Lines of a file that a person can read at one go."""


def test_no_file_that_people_read_is_too_long() -> None:
    repo = PACKAGE.parents[1]
    generated = PACKAGE / "lower" / "templates" / "compiled.py"
    folders = ("compiler", "tools", "tests", "benchmarks", "fuzz")
    files = [path for folder in folders for path in (repo / folder).rglob("*.py") if path != generated]
    lengths = {str(path.relative_to(repo)): len(path.read_bytes().splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
