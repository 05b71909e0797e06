"""The fields of a config class of vLLM -> the keyword arguments that get_kwargs makes of them.

Nothing of vLLM is imported: annotations, aliases and constants are followed through syntax trees.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vllm_models_source import Module, Source

_LISTS = ("list", "List", "Sequence", "set", "Set", "frozenset")
_MAPS = ("dict", "Dict", "Mapping", "MutableMapping")
_DEPTH = 16


@dataclass(frozen=True)
class Hint:
    """One member of a field's type.

    `kind` is none, bool, int, float, str, literal, list, tuple, dict, config or other; `of` holds a literal's
    values or the members of an item's type, `count` a tuple's length, 0 for any.
    """

    kind: str
    of: tuple[Any, ...] = ()
    count: int = 0


def line(source: Source, module: Module, name: str) -> Iterator[tuple[Module, ast.ClassDef]]:
    """Yield a class and its ancestors, nearest first, each with its module."""
    found = source.find(module.name, name)
    if found is None:
        return
    yield found
    for base in found[1].bases:
        if isinstance(base, ast.Name):
            yield from line(source, found[0], base.id)


def keywords(source: Source, module: Module, name: str, *, plain: bool) -> dict[str, dict[str, Any]]:
    """Return the keyword arguments of each field of a class, as vLLM's get_kwargs computes them.

    `plain` is how v0.8.4 does it: a switch says so itself, and what can be None is taken as text. A default
    is the expression with the module in which it is written.
    """
    fields: dict[str, dict[str, Any]] = {}
    for where, kind in reversed(list(line(source, module, name))):
        for item in kind.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                annotation = ast.unparse(item.annotation)
                if "InitVar" not in annotation and "ClassVar" not in annotation:
                    members = list(hints(source, where, item.annotation))
                    made = _first_keywords(members) if plain else _keywords(members)
                    fields[item.target.id] = made | ({"default": (where, item.value)} if item.value else {})
    return fields


def _first_keywords(members: list[Hint]) -> dict[str, Any]:
    kinds = [member.kind for member in members]
    if kinds == ["bool"]:
        return {}
    return {"type": "str" if "none" in kinds or "str" in kinds else kinds[0]}


def _keywords(members: list[Hint]) -> dict[str, Any]:
    kinds = {member.kind for member in members}

    def first(kind: str) -> Hint:
        return next(member for member in members if member.kind == kind)

    if "config" in kinds:
        return {"type": "parse_dataclass"}
    if kinds == {"bool", "str", "none"}:
        return {"type": "str", "nargs": "?"}
    if "bool" in kinds:
        return {"action": "BooleanOptionalAction"}
    if "literal" in kinds:
        return _literal(first("literal"), open_="str" in kinds)
    for kind in ("tuple", "list"):
        if kind in kinds:
            items = first(kind).of
            inner = {item.kind for item in items}
            words = {"nargs": str(first(kind).count or "+")}
            if inner == {"literal"}:
                return words | _literal(items[0], open_=False)
            plain = next((name for name in ("int", "float") if inner == {name}), "str")
            return words | {"type": plain}
    for kind in ("int", "float"):
        if kind in kinds:
            return {"type": kind}
    if "dict" in kinds:
        return {"type": "union_dict_and_str" if kinds & {"str", "other"} else "json.loads"}
    return {"type": "str"}


def _literal(member: Hint, *, open_: bool) -> dict[str, Any]:
    values = member.of
    type_ = type(values[0]).__name__ if values else "str"
    return {"type": type_} if open_ else {"type": type_, "choices": list(values)}


def hints(source: Source, module: Module, node: ast.expr | None, depth: int = 0) -> Iterator[Hint]:
    """Yield the members of a type, through aliases and unions."""
    if node is None or depth > _DEPTH:
        yield Hint("other")
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield from hints(source, module, ast.parse(node.value, mode="eval").body, depth + 1)
        else:
            yield Hint("none" if node.value is None else "other")
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from hints(source, module, node.left, depth + 1)
        yield from hints(source, module, node.right, depth + 1)
    elif isinstance(node, ast.Subscript):
        yield from _subscript(source, module, node, depth)
    elif isinstance(node, ast.Name | ast.Attribute):
        yield from _name(source, module, node, depth)
    else:
        yield Hint("other")


def _subscript(source: Source, module: Module, node: ast.Subscript, depth: int) -> Iterator[Hint]:
    head = ast.unparse(node.value).rpartition(".")[2]
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if head in ("Optional", "Union"):
        for item in inner:
            yield from hints(source, module, item, depth + 1)
        if head == "Optional":
            yield Hint("none")
    elif head in ("Annotated", "SkipValidation"):
        yield from hints(source, module, inner[0], depth + 1)
    elif head == "Literal":
        yield Hint("literal", tuple(_literals(source, module, inner, depth)))
    elif head in _LISTS:
        yield Hint("list", tuple(hints(source, module, inner[0], depth + 1)))
    elif head in ("tuple", "Tuple"):
        open_ = any(isinstance(item, ast.Constant) and item.value is Ellipsis for item in inner)
        members = tuple(hints(source, module, inner[0], depth + 1))
        yield Hint("tuple", members, 0 if open_ else len(inner))
    elif head in _MAPS:
        yield Hint("dict")
    else:
        yield Hint("other")


def _literals(source: Source, module: Module, items: list[ast.expr], depth: int) -> Iterator[Any]:
    for item in items:
        if isinstance(item, ast.Constant):
            yield item.value
        else:
            for member in hints(source, module, item, depth + 1):
                yield from member.of if member.kind == "literal" else ()


_PLAIN = {"int": "int", "float": "float", "bool": "bool", "str": "str", "None": "none"}


def _name(source: Source, module: Module, node: ast.expr, depth: int) -> Iterator[Hint]:
    written = ast.unparse(node)
    name = written.rpartition(".")[2]
    if written in _PLAIN:
        yield Hint(_PLAIN[written])
    elif name in _LISTS:
        yield Hint("list", (Hint("other"),))
    elif name in _MAPS:
        yield Hint("dict")
    elif value := alias(source, module, name):
        yield from hints(source, value[0], value[1], depth + 1)
    else:
        found = source.find(module.name, name)
        decorators = " ".join(ast.unparse(item) for item in found[1].decorator_list) if found else ""
        bases = [ast.unparse(base) for base in found[1].bases] if found else []
        if any(base.split("[")[0] in _MAPS for base in bases):
            yield Hint("dict")
        else:
            yield Hint("config" if "dataclass" in decorators or "config" in decorators else "other")


def alias(source: Source, module: Module, name: str, depth: int = 0) -> tuple[Module, ast.expr] | None:
    """Return what a name is assigned, in its module or where that imports it from.

    An assignment goes before an import of the same name, which is one for type checkers.
    """
    if depth > _DEPTH:
        return None
    if name in module.values:
        return module, module.values[name]
    if name in module.imports or "*" in module.imports:
        place, own = module.imports.get(name, (module.imports.get("*", ("", ""))[0], name))
        other = source.module(place)
        return alias(source, other, own, depth + 1) if other else None
    return None


def constants(source: Source, module: Module, node: ast.expr, depth: int = 0) -> list[Any] | None:
    """Return the values of a list of choices: written out, of a literal type, or of an enumeration."""
    if depth > _DEPTH:
        return None
    if isinstance(node, ast.List | ast.Tuple):
        return _items(source, module, node, depth)
    if isinstance(node, ast.Dict):
        return _keys(source, module, node, depth)
    if isinstance(node, ast.Name):
        value = alias(source, module, node.id)
        return constants(source, *value, depth + 1) if value else None
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called.endswith("get_args"):
            members = list(hints(source, module, node.args[0]))
            return [value for member in members for value in member.of] or None
        if called.endswith(".keys"):
            return constants(source, module, node.func.value, depth + 1)  # type: ignore[attr-defined]
        if called in ("list", "sorted") and node.args:
            return constants(source, module, node.args[0], depth + 1)
    if isinstance(node, ast.ListComp) and isinstance(node.generators[0].iter, ast.Name):
        enumeration = source.find(module.name, node.generators[0].iter.id)
        return _members(enumeration[1]) if enumeration else None
    return None


def _items(source: Source, module: Module, node: ast.List | ast.Tuple, depth: int) -> list[Any] | None:
    """Return the items of a list, with those of the lists that it spreads."""
    found: list[Any] = []
    for item in node.elts:
        inner = constants(source, module, item.value, depth + 1) if isinstance(item, ast.Starred) else None
        if inner is not None:
            found += inner
        elif isinstance(item, ast.Constant):
            found.append(item.value)
        else:
            return None
    return found


def _keys(source: Source, module: Module, node: ast.Dict, depth: int) -> list[Any] | None:
    """Return the keys of a dictionary, with those of the dictionaries that it spreads."""
    found: list[Any] = []
    for key, value in zip(node.keys, node.values, strict=True):
        inner = constants(source, module, value, depth + 1) if key is None else None
        if (key is None and inner is None) or (key is not None and not isinstance(key, ast.Constant)):
            return None
        found += inner or [key.value]  # type: ignore[union-attr]
    return found


def _members(kind: ast.ClassDef) -> list[Any]:
    return [
        item.value.value
        for item in kind.body
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant)
    ]
