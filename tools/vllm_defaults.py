"""Reads the defaults of flags and variables from one release's source, without running any of it.

A default is followed through classes, aliases, get_field and dataclass fields as far as it is written out;
one that is computed stays unread, and the facts say nothing about it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import vllm_annotations
from vllm_models_source import Module, Source

Facts = dict[str, Any]

ENVS = "vllm.envs"
_DEPTH = 16
_EMPTY: Facts = {"list": [], "dict": {}, "tuple": [], "set": []}


class UnreadError(Exception):
    """A default that is computed in a way that this reader does not follow."""


def value(source: Source, module: Module, node: ast.expr, depth: int = 0) -> Any:
    """Return what an expression stands for, as JSON data; raises UnreadError."""
    if depth > _DEPTH:
        raise UnreadError
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | None):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -value(source, module, node.operand, depth + 1)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [value(source, module, item, depth + 1) for item in node.elts]
    if isinstance(node, ast.Dict) and None not in node.keys:
        keys = [value(source, module, key, depth + 1) for key in node.keys if key is not None]
        values = [value(source, module, item, depth + 1) for item in node.values]
        return {str(key): item for key, item in zip(keys, values, strict=True)}
    if isinstance(node, ast.Name):
        found = vllm_annotations.alias(source, module, node.id)
        if found:
            return value(source, *found, depth + 1)
    if isinstance(node, ast.Attribute):
        return attribute(source, module, ast.unparse(node.value), node.attr, depth + 1)
    if isinstance(node, ast.Call):
        return _called(source, module, node, depth + 1)
    if isinstance(node, ast.BinOp):
        return _computed(source, module, node, depth + 1)
    raise UnreadError


def attribute(source: Source, module: Module, owner: str, name: str, depth: int = 0) -> Any:
    """Return the default of a class's field, or the value of an enumeration's member; raises UnreadError."""
    for where, kind in vllm_annotations.line(source, module, owner):
        for item in kind.body:
            if isinstance(item, ast.AnnAssign) and item.value and ast.unparse(item.target) == name:
                return value(source, where, item.value, depth + 1)
            if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == name:
                return value(source, where, item.value, depth + 1)
    if name == "value":
        head, _, member = owner.rpartition(".")
        return attribute(source, module, head, member, depth + 1)
    raise UnreadError


def _computed(source: Source, module: Module, node: ast.BinOp, depth: int) -> Any:
    left, right = (value(source, module, side, depth) for side in (node.left, node.right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Pow):
            return left**right
        if isinstance(node.op, ast.LShift) and isinstance(left, int) and isinstance(right, int):
            return left << right
    raise UnreadError


def _called(source: Source, module: Module, node: ast.Call, depth: int) -> Any:
    called = ast.unparse(node.func).rpartition(".")[2]
    if called == "get_field":
        return attribute(source, module, ast.unparse(node.args[0]), ast.literal_eval(node.args[1]), depth)
    if called in ("field", "Field", "config_field"):
        given = {word.arg: word.value for word in node.keywords}
        if "default" in given:
            return value(source, module, given["default"], depth)
        if "default_factory" in given:
            return _made(source, module, given["default_factory"], depth)
        if node.args:
            return value(source, module, node.args[0], depth)
    if called in _EMPTY and not node.args and not node.keywords:
        return _EMPTY[called]
    raise UnreadError


def _made(source: Source, module: Module, factory: ast.expr, depth: int) -> Any:
    """Return what a default_factory makes: a class of options stands for its own defaults, an empty map."""
    if isinstance(factory, ast.Lambda):
        return value(source, module, factory.body, depth)
    name = ast.unparse(factory)
    if name in _EMPTY:
        return _EMPTY[name]
    if source.find(module.name, name):
        return {}
    raise UnreadError


def variables(source: Source) -> dict[str, Any]:
    """Return the defaults of a release's environment variables, as text where one is written out."""
    module = source.module(ENVS)
    table = module.values.get("environment_variables") if module else None
    if module is None or not isinstance(table, ast.Dict):
        return {}
    found: dict[str, Any] = {}
    for key, entry in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant):
            defaults = list(_defaults(source, module, str(key.value), entry))
            if len(defaults) == 1:
                found[str(key.value)] = defaults[0]
    return found


def _defaults(source: Source, module: Module, name: str, entry: ast.expr) -> Iterator[Any]:
    """Yield what takes the place of the variable in each look-up of it that names something."""
    for node in ast.walk(entry):
        if not isinstance(node, ast.Call) or not node.args or ast.unparse(node.args[0]).strip("'\"") != name:
            continue
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in ("getenv", "get") or called.startswith("env_"):
            given = {word.arg: word.value for word in node.keywords}
            second = node.args[1] if len(node.args) > 1 else given.get("default")
            try:
                found = value(source, module, second) if second is not None else None
            except UnreadError:
                continue
            yield found if found is None else str(found)


def merge(facts: Facts, version: str, source: Source, flags: dict[str, Any]) -> Facts:
    """Return the facts about defaults with a release added that is newer than all of them.

    `flags` are the defaults that were read of flags; one that the release lacks or leaves unread is "?".
    """
    return {
        "source": "the parser of `vllm serve` with the config classes behind it, and vllm/envs.py, of each "
        "release; read by tools/read_release.py",
        "flags": _pairs(facts.get("flags", {}), flags, version),
        "variables": _pairs(facts.get("variables", {}), variables(source), version),
    }


UNKNOWN = "?"
"""What stands for a default that is not known, or of a flag that is not there."""


def _pairs(known: Facts, read: Facts, version: str) -> Facts:
    found: Facts = {}
    for name in sorted({*known, *read}):
        pairs = known.get(name, [])
        now = read.get(name, UNKNOWN)
        before = pairs[-1][1] if pairs else UNKNOWN
        # 1 and True, or 0 and False, are equal in Python but not for a reader.
        same = now == before and isinstance(now, bool) == isinstance(before, bool)
        found[name] = pairs if same else [*pairs, [version, now]]
    return found
