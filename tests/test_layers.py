"""Imports point one way only: a module imports modules of lower layers, never of its own layer or above."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "compiler" / "r1c"

LAYERS = (
    ("diagnostics", "profile", "bundle", "names", "resources", "suggest", "syntax", "lock", "console", "lower.escape", "credentials", "manual"),
    ("facts", "fields", "emit", "templates", "output", "allow"),
    ("facts.vllm", "source", "render", "sarif", "write", "resource_list"),
    ("plan", "shape", "schema", "model_config", "github"),
    (
        "rule",
        "parse",
        "resolve",
        "memory",
        "capacity",
        "lower.labels",
        "lower.storage",
        "lower.environment",
        "lower.flags",
    ),
    ("lower.tcpxo", "lower.launch", "lower.access", "lower.image", "lower.benchmark", "lower.kustomization"),
    ("lower.pod", "lower.runbook", "plan_report", "rules.*"),
    ("lower.leaderworkerset", "rules", "secrets"),
    ("lower", "check", "verify.*"),
    ("verify",),
    ("pipeline",),
    ("codes",),
    ("commands.inputs", "explain", "krm"),
    ("commands.*",),
    ("completion",),
    ("cli",),
    ("__main__",),
)
MODULES = sorted(PACKAGE.rglob("*.py"))
WITHOUT_LAYER = {"", "commands"}
"""The package itself and a folder with nothing in it but a sentence."""


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer(module: str) -> int:
    names = [module, module.rsplit(".", 1)[0] + ".*"]
    for name in names:
        for number, members in enumerate(LAYERS):
            if name in members:
                return number
    raise AssertionError(f"{module} is in no layer: put it into one")


def imported(path: Path) -> set[str]:
    """Return the modules of ours that a module imports, anywhere in it."""
    known = {dotted(module) for module in MODULES}
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "r1c":
            base = node.module.removeprefix("r1c").removeprefix(".")
            for alias in node.names:
                whole = f"{base}.{alias.name}".removeprefix(".")
                found.add(whole if whole in known else base)
    return found - WITHOUT_LAYER - {dotted(path)}


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_point_down(path: Path) -> None:
    module = dotted(path)
    if module in WITHOUT_LAYER:
        return
    wrong = {
        other
        for other in imported(path)
        if layer(other) >= layer(module)
        # A family of rules or faults may be split into modules that stand side by side.
        and not (
            layer(other) == layer(module)
            and module.split(".")[0] == other.split(".")[0] in ("rules", "verify")
        )
    }
    assert not wrong, f"{module} imports {sorted(wrong)}"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_every_module_opens_with_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_no_module_without_a_subject() -> None:
    vague = {"utils", "util", "helpers", "common", "base", "manager", "handler", "types", "constants", "misc"}
    assert not {path.stem for path in MODULES} & vague
