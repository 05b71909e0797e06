"""The Jinja2 templates of r1c -> plain Python functions, so that compiling needs no template engine.

It walks Jinja2's own syntax tree and refuses what it does not know. An expression says nothing about types:
attributes and items are looked up as Jinja2 does, in templates/lookup.py.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from jinja2 import Environment, nodes

REPO = Path(__file__).resolve().parent.parent
FOLDERS = (REPO / "compiler" / "r1c" / "lower" / "templates", REPO / "docker" / "context")
"""Where the templates are: docker/context has those of what Cloud Build gets."""
TARGET = FOLDERS[0] / "compiled.py"

HEADER = '''"""Templates as functions: made by tools/generate.py from the *.j2 files; edit those."""

# fmt: off
# ruff: noqa
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from r1c.lower.templates.escape import json_text, literal, prose, shell
from r1c.lower.templates.lookup import get, script

'''

FILTERS = {"shell": "shell", "kubelet": "literal", "json": "json_text", "prose": "prose"}
_BINARY: dict[type[nodes.Node], str] = {nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Mod: "%"}
_LOGIC: dict[type[nodes.Node], str] = {nodes.And: "and", nodes.Or: "or"}
_COMPARED = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}


class Unknown(Exception):  # noqa: N818  # it is about the input
    """A template uses something that this module does not translate."""


def environment() -> Environment:
    """Return the settings under which the templates are written: no escaping, blocks leave no empty lines."""
    return Environment(
        autoescape=False,  # noqa: S701 the output is shell and Markdown; the templates quote with filters
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def files() -> dict[str, Path]:
    """Return the file of every template by the template's name, its path from its folder."""
    found = [
        (path.relative_to(folder).as_posix(), path) for folder in FOLDERS for path in folder.rglob("*.j2")
    ]
    return dict(sorted(found))


def module() -> str:
    """Return the module as text."""
    parse = environment().parse
    trees = {name: parse(path.read_text(encoding="utf-8")) for name, path in files().items()}
    table = "".join(f'    "{name}": {_identifier(name)},\n' for name in trees)
    functions = [_function(name, tree) for name, tree in sorted(trees.items())]
    ends = f"TEMPLATES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {{\n{table}}}\n"
    return HEADER + "\n\n".join([*functions, ends])


def _identifier(name: str) -> str:
    return "_" + re.sub(r"\W", "_", name.removesuffix(".j2"))


def _included(node: nodes.Include) -> str:
    if not isinstance(node.template, nodes.Const) or node.ignore_missing or not node.with_context:
        raise Unknown(f"line {node.lineno}: an include that is more than a name")
    return str(node.template.value)


def _function(name: str, tree: nodes.Template) -> str:
    lines = [
        f"def {_identifier(name)}(v: Mapping[str, Any]) -> str:",
        "    out: list[str] = []",
        *_statements(tree.body, "    ", frozenset()),
        '    return "".join(out)',
    ]
    return "\n".join(lines) + "\n"


def _statements(body: list[nodes.Node], indent: str, bound: frozenset[str]) -> Iterator[str]:
    """Yield the lines of a block; `bound` has the names of the loops around it."""
    for written, group in itertools.groupby(body, lambda node: isinstance(node, nodes.Output)):
        if written:
            parts = [part for node in group for part in node.iter_child_nodes()]
            yield from _output(parts, indent, bound)
        else:
            yield from _control(group, indent, bound)


def _control(body: Iterable[nodes.Node], indent: str, bound: frozenset[str]) -> Iterator[str]:
    """Yield the lines of statements that decide what is written, with what they hold."""
    for node in body:
        match node:
            case nodes.If():
                yield f"{indent}if {_expression(node.test, bound)}:"
                yield from _block(node.body, indent, bound)
                for other in node.elif_:
                    yield f"{indent}elif {_expression(other.test, bound)}:"
                    yield from _block(other.body, indent, bound)
                if node.else_:
                    yield f"{indent}else:"
                    yield from _block(node.else_, indent, bound)
            case nodes.For(else_=[], test=None, recursive=False):
                targets = _targets(node.target)
                inner = bound | {*targets, "loop"}
                items = _expression(node.iter, bound)
                yield f"{indent}for loop_index0, {_tuple(targets)} in enumerate({items}):"
                yield from _block(node.body, indent, inner)
            case nodes.Include() if not bound:
                name = _included(node)
                part = f'script("{name}")' if name.endswith(".py") else f"{_identifier(name)}(v)"
                yield f"{indent}out.append({part})"
            case _:
                raise Unknown(f"line {node.lineno}: {type(node).__name__}")


def _block(body: list[nodes.Node], indent: str, bound: frozenset[str]) -> Iterator[str]:
    lines = list(_statements(body, indent + "    ", bound))
    return iter(lines or [f"{indent}    pass"])


def _targets(target: nodes.Node) -> list[str]:
    parts = target.items if isinstance(target, nodes.Tuple) else [target]
    found = [part.name for part in parts if isinstance(part, nodes.Name)]
    if len(found) < len(parts):
        raise Unknown(f"line {target.lineno}: a loop over more than names")
    return found


def _tuple(names_: list[str]) -> str:
    local = ", ".join(f"l_{name}" for name in names_)
    return f"({local})" if len(names_) > 1 else local


def _output(parts: list[nodes.Node], indent: str, bound: frozenset[str]) -> Iterator[str]:
    """Yield the lines that write texts and expressions: one for each line of the text."""
    lines = [""]
    for part in parts:
        if not isinstance(part, nodes.TemplateData):
            lines[-1] += f"str({_expression(part, bound, missing='')}), "
            continue
        for text in part.data.splitlines(keepends=True):
            lines[-1] += f"{text!r}, "
            if text.endswith("\n"):
                lines.append("")
    lines = [line.removesuffix(" ") for line in lines if line]
    if len(lines) == 1:
        yield f"{indent}out += ({lines[0]})"
        return
    yield f"{indent}out += ("
    yield from (f"{indent}    {line}" for line in lines)
    yield f"{indent})"


def _expression(node: nodes.Node, bound: frozenset[str], missing: str | None = None) -> str:  # noqa: PLR0912  # one a kind
    """Return an expression as Python; `missing` is what an `if` without an else stands for, where it may."""

    def inner(part: nodes.Node) -> str:
        return _expression(part, bound)

    match node:
        case nodes.Const():
            return repr(node.value)
        case nodes.Name(ctx="load"):
            return f"l_{node.name}" if node.name in bound else f'v["{node.name}"]'
        case nodes.Getattr(node=nodes.Name(name="loop"), attr="index0") if "loop" in bound:
            return "loop_index0"
        case nodes.Getattr(ctx="load"):
            return f'get({inner(node.node)}, "{node.attr}")'
        case nodes.Getitem(ctx="load"):
            return f"{inner(node.node)}[{inner(node.arg)}]"
        case nodes.Call(kwargs=[], dyn_args=None, dyn_kwargs=None):
            return f"{inner(node.node)}({', '.join(map(inner, node.args))})"
        case nodes.Tuple(ctx="load"):
            return f"({' '.join(inner(item) + ',' for item in node.items)})"
        case nodes.Concat():
            return "(" + " + ".join(f"str({inner(part)})" for part in node.nodes) + ")"
        case nodes.Compare():
            rest = "".join(f" {_COMPARED[part.op]} {inner(part.expr)}" for part in node.ops)
            return f"({inner(node.expr)}{rest})"
        case nodes.Not():
            return f"(not {inner(node.node)})"
        case nodes.CondExpr() if node.expr2 is not None or missing is not None:
            other = repr(missing) if node.expr2 is None else inner(node.expr2)
            return f"({inner(node.expr1)} if {inner(node.test)} else {other})"
        case nodes.Filter(kwargs=[], dyn_args=None, dyn_kwargs=None):
            return _filtered(node, inner)
        case nodes.BinExpr() if type(node) in _BINARY | _LOGIC:
            return f"({inner(node.left)} {(_BINARY | _LOGIC)[type(node)]} {inner(node.right)})"
    raise Unknown(f"line {node.lineno}: {type(node).__name__}")


def _filtered(node: nodes.Filter, inner: Callable[[nodes.Node], str]) -> str:
    if node.node is None:
        raise Unknown(f"line {node.lineno}: a filter over a block")
    value = inner(node.node)
    match node.name, node.args:
        case name, [] if name in FILTERS:
            return f"{FILTERS[name]}({value})"
        case "length", []:
            return f"len({value})"
        case "map", [nodes.Const(value=name)] if name in FILTERS:
            return f"map({FILTERS[name]}, {value})"
        case "join", [nodes.Const(value=between)]:
            return f"{between!r}.join(map(str, {value}))"
    raise Unknown(f"line {node.lineno}: the filter {node.name}")
