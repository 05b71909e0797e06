"""Arithmetic of a shell, as in $((A * 2)) -> its value, where it is known."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping

from r1c.shell.state import State
from r1c.shell.syntax import Node, Tree

_LARGEST = 2**63
_COMPUTED: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "**": operator.pow,
}
_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")


def arithmetic(tree: Tree, node: Node, state: State) -> int | None:
    """Return the value of an expression, None where it has a part that is not known or not supported."""
    kind = node.type
    if kind in ("arithmetic_expansion", "parenthesized_expression"):
        inner = [child for child in node.named_children if child.type != "comment"]
        return arithmetic(tree, inner[0], state) if len(inner) == 1 else None
    if kind in ("number", "word"):
        return number(tree.source(node))
    if kind == "variable_name":
        return _variable(tree.source(node), state)
    if kind in ("simple_expansion", "expansion"):
        names = [child for child in node.named_children if child.type == "variable_name"]
        plain = len(node.named_children) == 1 and len(names) == 1
        return _variable(tree.source(names[0]), state) if plain else None
    if kind == "unary_expression" and len(node.children) == 2:
        value = arithmetic(tree, node.children[1], state)
        sign = tree.source(node.children[0])
        return None if value is None else -value if sign == "-" else value if sign == "+" else None
    if kind == "binary_expression" and len(node.children) == 3:
        return _binary(tree, node, state)
    return None


def number(text: str) -> int | None:
    """Return a number as a shell reads it: with a leading 0 it is octal."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return int(text, 16 if text[1:2] in ("x", "X") else 8 if text.startswith("0") else 10)
    except ValueError:
        return None


def _variable(name: str, state: State) -> int | None:
    value = state.values.get(name)
    return number(value.text.strip()) if value is not None and value.known else None


def _binary(tree: Tree, node: Node, state: State) -> int | None:
    left, right = (arithmetic(tree, node.children[index], state) for index in (0, 2))
    if left is None or right is None:
        return None
    sign = tree.source(node.children[1])
    if sign in ("/", "%") and right == 0:
        return None
    if sign == "**" and not 0 <= right < 64:
        return None
    result = _computed(left, sign, right)
    return result if result is not None and abs(result) < _LARGEST else None


def _computed(left: int, sign: str, right: int) -> int | None:
    if sign in _COMPARED:
        return int(_COMPARED[sign](left, right))
    if sign in ("/", "%"):
        # A shell rounds towards zero, Python down.
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if sign == "/" else left - quotient * right
    return _COMPUTED[sign](left, right) if sign in _COMPUTED else None
