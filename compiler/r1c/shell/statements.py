"""The statements of a shell's grammar that decide what runs: lists, if, case and loops.

A condition that is not known is taken both ways; a loop's body is followed for each value that is known, else
once.
"""

from __future__ import annotations

from collections.abc import Sequence

from r1c.shell.condition import holds, matches
from r1c.shell.expansion import value, words
from r1c.shell.script import Command, Word
from r1c.shell.state import State
from r1c.shell.syntax import Node, Tree, below

COMMANDS = 2000
STEPS = 20_000
"""Statements that are followed, of all rounds of all loops."""
COUNTED = ("command", "declaration_command", "variable_assignment")
_ROUNDS = 64
"""Values of a loop that are followed."""
_SKIPPED = ("comment", "heredoc_body", "file_descriptor")


class Statements:
    """Follows the statements of one script; what a command does is for the class that runs it."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self.commands: list[Command] = []
        self.unread: list[Word] = []
        self.ran: set[Word] = set()
        self.conditions: list[str] = []
        self.steps = 0

    def body(self, tree: Tree, nodes: Sequence[Node], state: State) -> None:
        """Follow statements in order, up to one that ends the script."""
        for node in nodes:
            if state.stopped or len(self.commands) > COMMANDS or self.steps > STEPS:
                return
            self.node(tree, node, state)

    def node(self, tree: Tree, node: Node, state: State) -> None:
        """Follow one statement, by the method that is named after its type in the grammar."""
        kind = node.type
        self.steps += 1
        if kind == "ERROR" or not node.is_named or kind in _SKIPPED or self.steps > STEPS:
            return
        method = getattr(self, f"_{kind}", None)
        if method is not None:
            method(tree, node, state)
        else:
            self.unread.append(tree.word(node))

    def maybe(self, tree: Tree, text: str, nodes: Sequence[Node], state: State) -> None:
        """Follow what runs only if something that is not known is true."""
        self.conditions.append(" ".join(text.split()))
        self.body(tree, nodes, state)
        self.conditions.pop()

    # The names of the methods below are those of the grammar.

    def _program(self, tree: Tree, node: Node, state: State) -> None:
        self.body(tree, node.children, state)

    _compound_statement = _do_group = _program

    def _subshell(self, tree: Tree, node: Node, state: State) -> None:
        self.body(tree, node.children, state.copy())

    def _pipeline(self, tree: Tree, node: Node, state: State) -> None:
        for child in node.named_children:
            self.node(tree, child, state.copy())

    def _negated_command(self, tree: Tree, node: Node, state: State) -> None:
        self.body(tree, node.named_children, state)

    def _list(self, tree: Tree, node: Node, state: State) -> None:
        left, sign, right = node.children[0], node.children[1].type, node.children[2:]
        known = holds(tree, left, state)
        self.node(tree, left, state)
        if sign not in ("&&", "||"):
            self.body(tree, right, state)
        elif known is None:
            branch = state.copy()
            if sign == "&&" and left.type not in ("test_command", "negated_command"):
                # A command in front is there to succeed: what follows is the script's way.
                self.body(tree, right, state)
                return
            self.maybe(tree, f"{tree.source(left)} {sign}", right, branch)
            state.merge([state.copy(), branch])
        elif known == (sign == "&&"):
            self.body(tree, right, state)

    def _test_command(self, tree: Tree, node: Node, _: State) -> None:
        self.inside(tree, node)

    def _if_statement(self, tree: Tree, node: Node, state: State) -> None:
        self.branch(tree, list(node.children), state)

    def branch(self, tree: Tree, children: Sequence[Node], state: State) -> None:
        """Follow an if or elif and what comes after it in `children`."""
        then = next(index for index, child in enumerate(children) if child.type == "then")
        others = [
            index for index, child in enumerate(children) if child.type in ("elif_clause", "else_clause")
        ]
        end = others[0] if others else len(children)
        tests = [child for child in children[1:then] if child.is_named and child.type != "comment"]
        known = holds(tree, tests[-1], state) if tests else None
        self.body(tree, tests, state)
        text = "; ".join(tree.source(test) for test in tests)
        taken, rest = children[then + 1 : end], children[end:]
        if known is True:
            self.body(tree, taken, state)
        elif known is False:
            self.otherwise(tree, rest, state)
        else:
            one, other = state.copy(), state.copy()
            self.maybe(tree, text, taken, one)
            self.conditions.append(f"not ({' '.join(text.split())})")
            self.otherwise(tree, rest, other)
            self.conditions.pop()
            state.merge([one, other])

    def otherwise(self, tree: Tree, rest: Sequence[Node], state: State) -> None:
        """Follow what comes after a condition that is false: elif and else."""
        clauses = [child for child in rest if child.type in ("elif_clause", "else_clause")]
        if not clauses:
            return
        first = clauses[0]
        if first.type == "else_clause":
            self.body(tree, first.children[1:], state)
        else:
            self.branch(tree, [*first.children, *clauses[1:]], state)

    def _case_statement(self, tree: Tree, node: Node, state: State) -> None:
        word = value(tree, node.child_by_field_name("value"), state)
        branches, whole = list[State](), False
        for item in node.named_children:
            if item.type != "case_item":
                continue
            patterns = item.children_by_field_name("value")
            found = [matches(tree, pattern, word, state) for pattern in patterns]
            inside = [child for child in item.named_children if child not in patterns]
            if True in found and not branches:
                self.body(tree, inside, state)
                return
            if True in found or None in found:
                branch = state.copy()
                shown = " | ".join(tree.source(pattern) for pattern in patterns)
                self.maybe(tree, f"case {word.text} in {shown}", inside, branch)
                branches.append(branch)
                whole = True in found
                if whole:
                    break
        if branches:
            state.merge(branches if whole else [*branches, state.copy()])

    def _for_statement(self, tree: Tree, node: Node, state: State) -> None:
        name = tree.source(node.child_by_field_name("variable"))
        values = [
            word for child in node.children_by_field_name("value") for word in words(tree, child, state)
        ]
        inside = [child for child in node.named_children if child.type in ("do_group", "compound_statement")]
        if not values or len(values) > _ROUNDS or not all(word.known for word in values):
            self.loop(tree, node, inside, state, name)
            return
        for word in values:
            state.assign(name, word)
            self.body(tree, inside, state)

    def _while_statement(self, tree: Tree, node: Node, state: State) -> None:
        self.loop(tree, node, node.named_children, state)

    def _c_style_for_statement(self, tree: Tree, node: Node, state: State) -> None:
        inside = [child for child in node.named_children if child.type in ("do_group", "compound_statement")]
        self.loop(tree, node, inside, state)

    def loop(self, tree: Tree, node: Node, inside: Sequence[Node], state: State, *names: str) -> None:
        """Follow a body once; what it sets is not known, since its rounds are not counted."""
        set_ = [tree.source(one.children[0]).split("[")[0] for one in below(node, "variable_assignment")]
        for name in (*names, *set_):
            state.forget(name, f"${name}")
        first = tree.source(node).partition("\n")[0]
        branch = state.copy()
        self.maybe(tree, first.partition(";")[0], inside, branch)
        branch.stopped = False
        for name in (*names, *set_):
            state.forget(name, f"${name}")

    def inside(self, tree: Tree, node: Node, parts: Sequence[Node] = ()) -> None:
        """Note the commands in a word's $(...): they run, but what they print is not known."""
        for root in parts or [node]:
            for one in below(root, *COUNTED):
                if one != node:
                    self.ran.add(tree.word(one))
