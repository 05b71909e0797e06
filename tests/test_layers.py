"""Imports point one way only: between the parts of r1c by layer, and nowhere in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "compiler" / "r1c"

LAYERS = (
    {"record", "pattern", "sizes", "digest", "surrogates"},
    {
        "diagnostics",
        "bundle",
        "console",
        "credentials",
        "lines",
        "lock",
        "names",
        "resources",
        "suggest",
        "standing",
        "disk",
        "recipe_name",
        "contents",
        "workers",
    },
    {"facts", "profile", "profile_reader", "emit", "output", "seal", "form", "help_pages"},
    {"fields", "syntax", "plain_yaml", "source", "render", "sarif", "github", "write", "resource_list"},
    {"plan", "schema", "shape", "heal", "parse", "model_config", "extends", "origin", "allow", "neighbours"},
    {"rule", "resolve", "capacity", "templates", "lower"},
    {"rules", "plan_report"},
    {"check", "verify"},
    {"pipeline"},
    {"intake", "codes", "explain"},
    {"helm", "manifest", "difference", "krm", "bench", "manual", "completion", "progress"},
    {"commands"},
    {"cli"},
    {"__main__"},
)
"""The parts of the package, lowest first; a part imports parts of its own layer or of lower ones."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer(module: str) -> int:
    part = module.split(".", maxsplit=1)[0]
    found = [number for number, parts in enumerate(LAYERS) if part in parts]
    assert found, f"{part} is in no layer: put it into one"
    return found[0]


def test_every_listed_part_is_there_once() -> None:
    listed = [part for parts in LAYERS for part in parts]
    assert sorted(listed) == sorted({dotted(path).split(".")[0] for path in MODULES} - {""})


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the modules of ours that a module imports when it is imported itself or when it runs."""
    known = {dotted(module) for module in MODULES}

    def found() -> Iterator[str]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "r1c":
                base = node.module.removeprefix("r1c").removeprefix(".")
                for alias in node.names:
                    whole = f"{base}.{alias.name}".removeprefix(".")
                    yield whole if whole in known else base

    return frozenset(found()) - {"", dotted(path)}


@pytest.mark.parametrize("path", [path for path in MODULES if dotted(path)], ids=dotted)
def test_imports_point_down(path: Path) -> None:
    module = dotted(path)
    wrong = {other for other in imports(path) if layer(other) > layer(module)}
    assert not wrong, f"{module} imports {sorted(wrong)}"


def test_nothing_imports_in_a_circle() -> None:
    graph = {dotted(path): imports(path) for path in MODULES}
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " imports ".join((*above[above.index(module) :], module))
        if module in done:
            return
        for other in sorted(graph.get(module, ())):
            visit(other, (*above, module))
        done.add(module)

    for module in sorted(graph):
        visit(module, ())


def test_only_the_reader_and_the_writer_know_yaml() -> None:
    readers = {"source", "syntax", "resource_list", "helm", "manifest", "difference", "bench", "commands"}
    for path in MODULES:
        if "ruamel" in path.read_text(encoding="utf-8"):
            assert dotted(path).split(".")[0] in readers, dotted(path)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_every_module_opens_with_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_no_module_without_a_subject() -> None:
    vague = {"utils", "util", "helpers", "common", "base", "manager", "handler", "types", "constants", "misc"}
    assert not {path.stem for path in MODULES} & vague
