"""The condition of an if, && or || -> true, false, or not known."""

from __future__ import annotations

import fnmatch
import operator
from collections.abc import Callable, Mapping

from r1c.shell.arithmetic import arithmetic, number
from r1c.shell.expansion import value, words
from r1c.shell.script import Word
from r1c.shell.state import State
from r1c.shell.syntax import Node, Tree

_NUMBERS: Mapping[str, Callable[[int, int], bool]] = {
    "-eq": operator.eq,
    "-ne": operator.ne,
    "-lt": operator.lt,
    "-le": operator.le,
    "-gt": operator.gt,
    "-ge": operator.ge,
}


def holds(tree: Tree, node: Node, state: State) -> bool | None:
    """Tell whether a command succeeds, None where the source does not show it."""
    kind = node.type
    if kind == "negated_command":
        return _not(holds(tree, node.named_children[-1], state))
    if kind == "list":
        return _list(tree, node, state)
    if kind == "test_command":
        return _tested(tree, node, state)
    if kind == "command":
        texts = [word for child in node.named_children for word in words(tree, child, state)]
        if not all(word.known for word in texts) or not texts:
            return None
        first, *rest = (word.text for word in texts)
        if first in ("true", ":", "false"):
            return first != "false"
        if first == "test":
            return _plain(rest)
    return None


def matches(tree: Tree, pattern: Node, word: Word, state: State) -> bool | None:
    """Tell whether a pattern of a case fits a word."""
    if tree.source(pattern) == "*":
        return True
    wanted = value(tree, pattern, state)
    if not word.known or not wanted.known:
        return None
    quoted = pattern.type in ("string", "raw_string")
    return word.text == wanted.text if quoted else fnmatch.fnmatchcase(word.text, wanted.text)


def _not(found: bool | None) -> bool | None:
    return None if found is None else not found


def _and(left: bool | None, right: bool | None) -> bool | None:
    return False if False in (left, right) else None if None in (left, right) else True


def _or(left: bool | None, right: bool | None) -> bool | None:
    return True if True in (left, right) else None if None in (left, right) else False


def _list(tree: Tree, node: Node, state: State) -> bool | None:
    left, sign, right = node.children[0], node.children[1].type, node.children[-1]
    if sign not in ("&&", "||"):
        return None
    return (_and if sign == "&&" else _or)(holds(tree, left, state), holds(tree, right, state))


def _tested(tree: Tree, node: Node, state: State) -> bool | None:
    if len(node.named_children) != 1:
        return None
    inner = node.named_children[0]
    if node.children[0].type == "((":
        found = arithmetic(tree, inner, state)
        return None if found is None else found != 0
    return _expression(tree, inner, state)


def _expression(tree: Tree, node: Node, state: State) -> bool | None:
    kind = node.type
    if kind == "parenthesized_expression" and len(node.named_children) == 1:
        return _expression(tree, node.named_children[0], state)
    if kind == "unary_expression" and len(node.children) == 2:
        return _unary(tree, node, state)
    if kind == "binary_expression" and len(node.children) == 3:
        return _binary(tree, node, state)
    word = value(tree, node, state)
    return bool(word.text) if word.known else None


def _unary(tree: Tree, node: Node, state: State) -> bool | None:
    sign, operand = tree.source(node.children[0]), node.children[1]
    if sign == "!":
        return _not(_expression(tree, operand, state))
    if sign in ("-z", "-n"):
        word = value(tree, operand, state)
        # A part that is known makes it longer than nothing.
        if word.known:
            return bool(word.text) == (sign == "-n")
    return None


def _binary(tree: Tree, node: Node, state: State) -> bool | None:
    left, sign, right = node.children[0], tree.source(node.children[1]), node.children[2]
    if sign in ("&&", "-a"):
        return _and(_expression(tree, left, state), _expression(tree, right, state))
    if sign in ("||", "-o"):
        return _or(_expression(tree, left, state), _expression(tree, right, state))
    one, other = value(tree, left, state), value(tree, right, state)
    if not one.known or not other.known:
        return None
    test = node.parent
    while test is not None and test.type != "test_command":
        test = test.parent
    double = test is not None and test.children[0].type == "[["
    pattern = double and right.type not in ("string", "raw_string")
    return _compared(one.text, sign, other.text, pattern=pattern)


def _compared(left: str, sign: str, right: str, *, pattern: bool) -> bool | None:
    if sign in _NUMBERS:
        one, other = number(left.strip()), number(right.strip())
        return None if one is None or other is None else _NUMBERS[sign](one, other)
    if sign in ("=", "=="):
        return fnmatch.fnmatchcase(left, right) if pattern else left == right
    if sign == "!=":
        return not (fnmatch.fnmatchcase(left, right) if pattern else left == right)
    return None


def _plain(texts: list[str]) -> bool | None:
    """Judge the arguments of `test`."""
    if len(texts) == 2 and texts[0] in ("-z", "-n"):
        return bool(texts[1]) == (texts[0] == "-n")
    if len(texts) == 3:
        return _compared(*texts, pattern=False)
    return bool(texts[0]) if len(texts) == 1 else None
