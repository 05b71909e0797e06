"""The text of a shell script -> its syntax tree. Only this module imports tree-sitter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from r1c.diagnostics import UserError, install
from r1c.record import record
from r1c.shell.script import Place, Text, Word, characters

Node = Any
"""A node of tree-sitter's tree."""


@record
class Tree:
    """A script and its root."""

    text: Text
    root: Node
    characters: tuple[int, ...]

    def place(self, node: Node) -> Place:
        """Return the place of a node."""
        return self.text.place(self.characters[node.start_byte], self.characters[node.end_byte])

    def source(self, node: Node) -> str:
        """Return the text of a node."""
        return self.text.value[self.characters[node.start_byte] : self.characters[node.end_byte]]

    def word(self, node: Node) -> Word:
        """Return a node whose value is not known."""
        text = self.source(node)
        return Word(text, (text,), self.place(node))


def tree(text: Text) -> Tree:
    """Parse a script; what is not valid is in the tree as an ERROR node.

    Raises UserError where tree-sitter or its grammar of bash is missing.
    """
    try:
        import tree_sitter
        import tree_sitter_bash
    except ImportError:
        packages = ("tree-sitter", "tree-sitter-bash")
        raise UserError(install.missing("reading shell scripts", "shell", *packages)) from None
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
    raw = text.value.encode("utf-8", "surrogatepass")
    return Tree(text, parser.parse(raw).root_node, tuple(characters(text.value)))


def below(node: Node, *types: str) -> Iterator[Node]:
    """Yield the nodes of these types, outermost first and in the order of the text."""
    stack = [node]
    while stack:
        one = stack.pop()
        if one.type in types:
            yield one
        stack += reversed(one.children)
