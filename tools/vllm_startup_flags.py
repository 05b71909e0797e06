"""The fields of a release's engine arguments -> what tools/read_startup.py takes facts from.

These are the config classes behind JSON flags, the maps that flags take, and the limits of their numbers.
"""

from __future__ import annotations

import ast

from vllm_startup_source import MAPS, Release, fields, kinds, reading, rewritten, strings


def json_flags(release: Release) -> dict[str, str]:
    """Return the flags of the engine's arguments whose value is a config class: flag -> class."""
    tree = release.needed("engine/arg_utils.py")
    engine = next(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == "EngineArgs")
    found: dict[str, str] = {}
    for item in engine.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            taken = kinds(release, item.annotation)
            classes = [kind[1:] for kind in taken if kind.startswith("@")]
            if len(classes) == 1 and not ("map" in taken and _quoted(release, item.value)):
                found[item.target.id.replace("_", "-")] = classes[0]
    named = {
        item.target.id
        for item in engine.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }
    for item in engine.body:  # create_speculative_config makes the class of a flag that takes any map
        name = item.name.removeprefix("create_") if isinstance(item, ast.FunctionDef) else ""
        if isinstance(item, ast.FunctionDef) and name in named and name != item.name and item.returns:
            classes = [kind[1:] for kind in kinds(release, item.returns) if kind.startswith("@")]
            if len(classes) == 1:
                found.setdefault(name.replace("_", "-"), classes[0])
    return found


def _quoted(release: Release, default: ast.expr | None) -> bool:
    """Tell whether the config's own annotation names a class in quotes, which the parser does not find."""
    owner, field = _default(default) if default is not None else ("", "")
    body = release.classes[owner][1].body if owner in release.classes else []
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str)
        for item in body
        if isinstance(item, ast.AnnAssign) and ast.unparse(item.target) == field
        for node in ast.walk(item.annotation)
    )


def map_flags(release: Release) -> dict[str, str]:
    """Return the flags of the engine's arguments whose value maps names to one kind: flag -> that kind."""
    tree = release.needed("engine/arg_utils.py")
    engine = next(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == "EngineArgs")
    owners = {
        item.target.id: item.annotation
        for name in ("ModelConfig", "MultiModalConfig", "LoRAConfig", "LoadConfig")
        if name in release.classes and reading(release, name)[1]
        for item in release.classes[name][1].body
        if isinstance(item, ast.AnnAssign)
        and isinstance(item.target, ast.Name)
        and item.target.id not in rewritten(release.classes[name][1])
    }
    found: dict[str, str] = {}
    for item in engine.body:
        name = item.target.id if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) else ""
        parts = (
            [node for node in ast.walk(owners[name]) if isinstance(node, ast.Subscript)]
            if name in owners
            else []
        )
        for node in parts:
            if ast.unparse(node.value) in MAPS and isinstance(node.slice, ast.Tuple):
                held = kinds(release, node.slice.elts[1])
                if "any" not in held:
                    found[name.replace("_", "-")] = "|".join(held)
                break
    return found


def limits(release: Release) -> dict[str, str]:
    """Return the flags whose number a config class bounds: flag -> its kinds and limits ("int >=1")."""
    tree = release.needed("engine/arg_utils.py")
    engine = next(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == "EngineArgs")
    found: dict[str, str] = {}
    for item in engine.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.value is not None:
            owner, field = _default(item.value)
            if owner in release.classes and reading(release, owner)[1]:
                bounded = fields(release, owner).get(field, "")
                if " " in bounded and bounded.split(" ")[0].split("|")[0] in ("int", "float"):
                    found[item.target.id.replace("_", "-")] = bounded
    return found


def _default(node: ast.expr) -> tuple[str, str]:
    """Read CacheConfig.block_size and get_field(CacheConfig, "block_size")."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id, node.attr
    if (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) == "get_field"
        and isinstance(node.args[0], ast.Name)
    ):
        return node.args[0].id, strings(node.args[1])[0]
    return "", ""
