"""The fields of a release's engine arguments -> what tools/read_startup.py takes facts from.

These are the config classes behind JSON flags, the maps that flags take, and the limits of their numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vllm_startup_source import MAPS, Release, fields, kinds, reading, rewritten, strings


def _engine(release: Release) -> ast.ClassDef:
    tree = release.needed("engine/arg_utils.py")
    return next(n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == "EngineArgs")


def _declared(owner: ast.ClassDef) -> Iterator[tuple[str, ast.AnnAssign]]:
    """Yield the annotated fields of a class by name."""
    for item in owner.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            yield item.target.id, item


def json_flags(release: Release) -> dict[str, str]:
    """Return the flags of the engine's arguments whose value is a config class: flag -> class."""
    engine = _engine(release)
    found: dict[str, str] = {}
    declared = dict(_declared(engine))
    for field, annotated in declared.items():
        taken = kinds(release, annotated.annotation)
        classes = [kind[1:] for kind in taken if kind.startswith("@")]
        if len(classes) == 1 and not ("map" in taken and _quoted(release, annotated.value)):
            found[field.replace("_", "-")] = classes[0]
    for item in engine.body:  # create_speculative_config makes the class of a flag that takes any map
        name = item.name.removeprefix("create_") if isinstance(item, ast.FunctionDef) else ""
        if isinstance(item, ast.FunctionDef) and name in declared and name != item.name and item.returns:
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
    engine = _engine(release)
    owners = {
        field: item.annotation
        for name in ("ModelConfig", "MultiModalConfig", "LoRAConfig", "LoadConfig")
        if name in release.classes and reading(release, name)[1]
        for field, item in _declared(release.classes[name][1])
        if field not in rewritten(release.classes[name][1])
    }
    found: dict[str, str] = {}
    for name, _ in _declared(engine):
        for node in ast.walk(owners[name]) if name in owners else ():
            if not isinstance(node, ast.Subscript):
                continue
            if ast.unparse(node.value) in MAPS and isinstance(node.slice, ast.Tuple):
                held = kinds(release, node.slice.elts[1])
                if "any" not in held:
                    found[name.replace("_", "-")] = "|".join(held)
                break
    return found


def limits(release: Release) -> dict[str, str]:
    """Return the flags whose number a config class bounds: flag -> its kinds and limits ("int >=1")."""
    engine = _engine(release)
    found: dict[str, str] = {}
    for name, item in _declared(engine):
        owner, field = _default(item.value) if item.value is not None else ("", "")
        if owner in release.classes and reading(release, owner)[1]:
            bounded = fields(release, owner).get(field, "")
            if " " in bounded and bounded.split(" ")[0].split("|")[0] in ("int", "float"):
                found[name.replace("_", "-")] = bounded
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
