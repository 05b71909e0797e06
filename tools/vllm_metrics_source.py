"""A vLLM release's source -> the metrics that it shows by default, by engine.

Names are those on /metrics: prometheus_client adds _total to every counter. A metric that is declared under a
condition (a setting, a connector, --show-hidden-metrics-for-version) is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from vllm_models_source import Tree

FILES = {"v0": "vllm/engine/metrics.py", "v1": "vllm/v1/metrics/loggers.py"}
"""Where each engine declares its metrics."""

KINDS = ("gauge", "counter", "histogram")
PREFIX = "vllm:"
TOTAL = "_total"


def metrics(files: Tree) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the type of each metric and the engines that have it, by its name on /metrics."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for engine, place in FILES.items():
        text = files.text(place)
        for name, kind in _declared(ast.parse(text)) if text else ():
            engines = found[name][1] if name in found else ()
            found[name] = (kind, tuple(dict.fromkeys((*engines, engine))))
    return found


def _declared(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the name and type of each metric that is declared without a condition."""
    values = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in _unconditional(tree):
        kind = _kind(call.func)
        name = _name(call, values)
        if kind and name and name.startswith(PREFIX):
            yield (f"{name.removesuffix(TOTAL)}{TOTAL}" if kind == "counter" else name), kind


def _unconditional(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _unconditional(child)


def _kind(func: ast.expr) -> str | None:
    """Return the type by the name of what is called: self._gauge_cls, prometheus_client.Counter."""
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return next((kind for kind in KINDS if kind in name.lower()), None)


def _name(call: ast.Call, values: Mapping[str, object]) -> str | None:
    given = next(
        (item.value for item in call.keywords if item.arg == "name"), call.args[0] if call.args else None
    )
    value: object = given.value if isinstance(given, ast.Constant) else None
    if isinstance(given, ast.Name):
        value = values.get(given.id)
    return value if isinstance(value, str) else None
