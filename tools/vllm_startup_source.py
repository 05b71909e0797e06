"""The Python files of one vLLM release -> its classes, fields and enumerations, for tools/read_startup.py.

Nothing of vLLM is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard

from vllm_named_values import beside_a_class, looked_up

_LISTS = {"list", "List", "Sequence", "set", "Set", "frozenset", "tuple", "Tuple", "Iterable"}
MAPS = {"dict", "Dict", "Mapping", "MutableMapping"}
_PLAIN = {"int": "int", "float": "float", "bool": "bool", "str": "str", "None": "null"}
_LIMITS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def _is_alias(node: ast.AST) -> TypeGuard[Any]:
    return (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.value is not None
        and "TypeAlias" in ast.unparse(node.annotation)
    )


class Release:
    """The parsed files of one release that this script reads."""

    def __init__(self, root: Path) -> None:
        """Parse the files of the release whose vllm/ is at root."""
        self.root = root
        self.files = sorted((root / "config").glob("*.py")) if (root / "config").is_dir() else []
        if not self.files:
            self.files = [root / "config.py"]
        self.trees = {path: self.parse(path) for path in [*self.files, *self._besides()]}
        self.aliases: dict[str, ast.expr] = {}
        self.classes: dict[str, tuple[Path, ast.ClassDef]] = {}
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    self.classes.setdefault(node.name, (path, node))
                elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    self._alias(node.targets[0].id, node.value)
                elif _is_alias(node):
                    self._alias(node.target.id, node.value)

    def _alias(self, name: str, value: ast.expr) -> None:
        """Keep the first real value of a name.

        A substitute for the type checker (X = Any) may come before it.
        """
        known = self.aliases.get(name)
        if known is None or (isinstance(known, ast.Name) and known.id == "Any"):
            self.aliases[name] = value

    def _besides(self) -> list[Path]:
        named = (
            "model_executor/layers/quantization/__init__.py",
            "model_executor/model_loader/__init__.py",
            "platforms/interface.py",
            "tasks.py",
            "attention/backends/registry.py",
            "v1/attention/backends/registry.py",
        )
        return [self.root / name for name in named if (self.root / name).exists()]

    def parse(self, path: Path) -> ast.Module:
        """Return a file's syntax tree."""
        return ast.parse(path.read_text(encoding="utf-8"))

    def tree(self, name: str) -> ast.Module | None:
        """Return the tree of a file by its path below vllm/, None if the release lacks it."""
        path = self.root / name
        if not path.is_file():
            return None
        if path not in self.trees:
            self.trees[path] = self.parse(path)
        return self.trees[path]

    def needed(self, name: str) -> ast.Module:
        """Return the tree of a file that every release has; raises FileNotFoundError where one lacks it."""
        tree = self.tree(name)
        if tree is None:
            raise FileNotFoundError(self.root / name)
        return tree


def kinds(release: Release, node: ast.expr | None) -> list[str]:
    """Return the JSON types of a type annotation.

    They are int, float, bool, str, null, list, map, any, @Class for a config class and =value for a literal.
    What a list or a map holds stands after a colon, if that is plain: list:int, map:str,null.
    """
    found = list(dict.fromkeys(_kinds(release, node, 0)))
    return ["any"] if "any" in found else found


def _kinds(release: Release, node: ast.expr | None, depth: int) -> Iterator[str]:
    if depth > 12 or node is None:
        yield "any"
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield from _kinds(release, ast.parse(node.value, mode="eval").body, depth + 1)
        else:
            yield "null" if node.value is None else "any"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _kinds(release, node.left, depth + 1)
        yield from _kinds(release, node.right, depth + 1)
    elif isinstance(node, ast.Subscript):
        yield from _subscript(release, node, depth)
    elif isinstance(node, ast.Name | ast.Attribute):
        yield from _name(release, node.id if isinstance(node, ast.Name) else node.attr, depth)
    else:
        yield "any"


def _subscript(release: Release, node: ast.Subscript, depth: int) -> Iterator[str]:
    head = ast.unparse(node.value).rsplit(".", 1)[-1]
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if head == "Literal":
        for item in inner:
            if isinstance(item, ast.Constant):
                yield "null" if item.value is None else f"={item.value!s}"
            else:
                yield from _kinds(release, item, depth + 1)
    elif head in ("Optional", "Union"):
        for item in inner:
            yield from _kinds(release, item, depth + 1)
        if head == "Optional":
            yield "null"
    elif head == "Annotated":
        yield from _kinds(release, inner[0], depth + 1)
    elif head in _LISTS:
        yield _holding(release, "list", [item for item in inner if ast.unparse(item) != "..."])
    elif head in MAPS:
        yield _holding(release, "map", inner[1:])
    else:
        yield "any"


def _holding(release: Release, kind: str, inner: list[ast.expr]) -> str:
    """Add to a list or map what it holds, unless that is another config, list or map, or not known."""
    held = list(dict.fromkeys(name for item in inner for name in kinds(release, item)))
    plain = held and all(name in _PLAIN.values() or name.startswith("=") for name in held)
    return f"{kind}:{','.join(held)}" if plain else kind


def _name(release: Release, name: str, depth: int) -> Iterator[str]:
    if name in _PLAIN:
        yield _PLAIN[name]
    elif name in _LISTS:
        yield "list"
    elif name in MAPS:
        yield "map"
    elif name in release.aliases:
        yield from _kinds(release, release.aliases[name], depth + 1)
    elif name in release.classes:
        members = enumeration(release.classes[name][1])
        if members:
            yield f"#{name}"
        elif is_config(release, name):
            yield f"@{name}"
        else:
            yield "any"
    else:
        yield "any"


def enumeration(node: ast.ClassDef) -> dict[str, Any]:
    """Return an Enum's names and values, empty for another class; a value that is computed is None."""
    if not any("Enum" in ast.unparse(base) for base in node.bases):
        return {}
    return {
        target.id: item.value.value if isinstance(item.value, ast.Constant) else None
        for item in node.body
        if isinstance(item, ast.Assign)
        for target in item.targets
        if isinstance(target, ast.Name) and not target.id.startswith("_")
    }


def is_config(release: Release, name: str) -> bool:
    """Tell whether a class is one whose fields a JSON flag sets."""
    path, node = release.classes[name]
    decorated = any(
        "dataclass" in ast.unparse(item) or "config" in ast.unparse(item) for item in node.decorator_list
    )
    return path in release.files and (
        decorated or any(ast.unparse(base) == "BaseModel" for base in node.bases)
    )


def _config_forbids(release: Release) -> bool:
    tree = release.tree("config/utils.py")
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)] if tree else []
    return any(
        node.name == "config" and "extra='forbid'" in ast.unparse(ast.Module(node.body, [])) for node in found
    )


def reading(release: Release, name: str) -> tuple[str, bool]:
    """Return what a class does with an unknown key, and whether it checks the types of the known ones.

    The first is "forbid" or "ignore".
    """
    path, node = release.classes[name]
    decorators = " ".join(ast.unparse(item) for item in node.decorator_list)
    if "extra='forbid'" in decorators:
        return "forbid", True
    if any(ast.unparse(base) == "BaseModel" for base in node.bases):
        return ("forbid" if "extra='forbid'" in ast.unparse(node) else "ignore"), True
    if "dataclass" not in decorators:
        return ("forbid" if _config_forbids(release) else "ignore"), True
    pydantic = any(
        isinstance(item, ast.ImportFrom)
        and item.module == "pydantic.dataclasses"
        and any(alias.name == "dataclass" for alias in item.names)
        for item in release.trees[path].body
    )
    return ("ignore", True) if pydantic else ("forbid", False)


def fields(release: Release, name: str) -> dict[str, str]:
    """Return a class's keys with their kinds and limits: "int|null >=1".

    " required" is added where a key has no default.
    """
    path, node = release.classes[name]
    tree, before = release.trees[path], rewritten(node)
    result: dict[str, str] = {}
    for item in node.body:
        if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name):
            continue
        annotation, key = ast.unparse(item.annotation), item.target.id
        if "ClassVar" in annotation or "PrivateAttr" in ast.unparse(item.value or ast.Constant(None)):
            continue
        if _is_not_given(item.value):
            continue
        names = looked_up(tree, annotation)
        found = [*(f"={value}" for value in names), "null"] if names else kinds(release, item.annotation)
        how = before.get(key, before.get("*"))
        if "InitVar" in annotation:
            found = ["any"]
        elif how and not any(kind[0] in "#@" for kind in found):
            found = _taken(found, how)
        elif how:
            found += [f"={value}" for value in beside_a_class(tree, node, key)]
        result[key] = "|".join(found) + _limits(item) + ("" if _has_default(item.value) else " required")
    return result


def _has_default(value: ast.expr | None) -> bool:
    if not isinstance(value, ast.Call) or ast.unparse(value.func).rpartition(".")[2] not in (
        "Field",
        "field",
    ):
        return value is not None
    if value.args:
        return ast.unparse(value.args[0]) != "..."
    return any(word.arg in ("default", "default_factory") for word in value.keywords)


def _taken(found: list[str], how: str) -> list[str]:
    """Return what a key takes whose value a validator rewrites first."""
    if how == "none":
        return list(dict.fromkeys([*found, "null"]))
    if how == "lowered":
        return [f"~{kind[1:]}" if kind.startswith("=") else kind for kind in found]
    if how == "split":
        return [*found, "str"]
    return ["any"]


def _is_not_given(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and any(
        word.arg == "init" and isinstance(word.value, ast.Constant) and word.value.value is False
        for word in value.keywords
    )


def rewritten(node: ast.ClassDef) -> dict[str, str]:
    """Return the fields that a validator may turn into something else before their type is checked.

    "none" takes null as well, "lowered" takes a text in any case, with - for _, "split" a text with commas
    for a list; "any" is another validator. The name * stands for all fields.
    """
    found: dict[str, str] = {}
    for method in node.body:
        if not isinstance(method, ast.FunctionDef):
            continue
        for decorator in method.decorator_list:
            if not isinstance(decorator, ast.Call) or "validator" not in ast.unparse(decorator.func):
                continue
            modes = [ast.unparse(word.value) for word in decorator.keywords if word.arg == "mode"]
            if any(mode in ("'before'", "'wrap'", "'plain'") for mode in modes):
                names = (str(item.value) for item in decorator.args if isinstance(item, ast.Constant))
                found |= dict.fromkeys(names, _rewriting(method))
    return found


def _rewriting(method: ast.FunctionDef) -> str:
    body = [item for item in method.body if not isinstance(item, ast.Expr)]
    words = ast.unparse(ast.Module(body, []))
    if words in (
        "if value is None:\n    return value\nreturn handler(value)",
        "return None if value is None else handler(value)",
    ):
        return "none"
    if words == "if isinstance(value, str):\n    return value.lower().replace('-', '_')\nreturn value":
        return "lowered"
    if "value.replace(' ', '').split(',')" in words and "all((isinstance(v, str) for v in value))" in words:
        return "split"
    return "any"


def _limits(item: ast.AnnAssign) -> str:
    calls = [node for node in (item.value, item.annotation) if node is not None]
    found = []
    for call in calls:
        for node in ast.walk(call):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == "Field":
                for word in node.keywords:
                    if word.arg in _LIMITS and isinstance(word.value, ast.Constant | ast.UnaryOp):
                        found.append(f" {_LIMITS[word.arg]}{ast.literal_eval(word.value)!s}")
    return "".join(sorted(set(found)))


def strings(node: ast.AST) -> list[str]:
    """Return the texts in a tree, in order."""
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
