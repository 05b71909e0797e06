"""A word that is a script, as behind eval and `bash -c` -> its text with the place of each character."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from r1c.shell.expansion import ESCAPE, ESCAPE_IN_QUOTES, stretches, value
from r1c.shell.script import Text, Word
from r1c.shell.state import State
from r1c.shell.syntax import Node, Tree

Texts = Mapping[Word, Text]
"""The texts of words of which more is known than the place of the whole."""
_Part = tuple[str, tuple[int, ...]]
_SPACES = re.compile(r"\s+")


def inner_script(tree: Tree, node: Node, state: State, texts: Texts) -> Text:
    """Return a word of a script, not split; what an expansion gives is at the place of the expansion."""
    own = _of_variable(tree, node, state, texts)
    if own is not None:
        return own
    parts = list(_parts(tree, node, state))
    offsets = [offset for _, part in parts for offset in part]
    found = value(tree, node, state)
    end = found.place.end - (1 if tree.source(node).endswith(("'", '"')) else 0)
    return Text("".join(text for text, _ in parts), found.place.path, (*offsets, end), found.unknown)


def as_text(word: Word, texts: Texts) -> Text:
    """Return a word as a script; where something was expanded, every character is at the word's start."""
    if word in texts:
        return texts[word]
    start, end, size = word.place.start, word.place.end, len(word.text)
    quotes = (end - start - size) // 2
    exact = end - start - size in (0, 2)
    offsets = [start + quotes + index if exact else start for index in range(size)]
    last = start + quotes + size if exact else end
    return Text(word.text, word.place.path, (*offsets, last), word.unknown)


def spaced(text: Text) -> Text:
    """Return a text with one space for each stretch of them, as eval gets it from a word that is split."""
    places = _places(text)
    kept: list[_Part] = []
    at = 0
    for match in (*_SPACES.finditer(text.value), None):
        upto = match.start() if match else len(text.value)
        kept.append((text.value[at:upto], places[at:upto]))
        if match and match.start() and match.end() < len(text.value):
            kept.append((" ", places[upto : upto + 1]))
        at = match.end() if match else upto
    offsets = [offset for _, part in kept for offset in part]
    return Text("".join(part for part, _ in kept), text.path, (*offsets, places[-1]), text.unknown)


def together(texts: Sequence[Text], by: str = " ") -> Text:
    """Return texts as one; those of another string are at the end of what is before."""
    first, unknown = texts[0], tuple(part for text in texts for part in text.unknown)
    characters, offsets = first.value, list(_places(first))
    for text in texts[1:]:
        places = list(_places(text) if text.path == first.path else [offsets[-1]] * (len(text.value) + 1))
        if text.value[:1].isspace():
            # What is in front of the space ends where its own text does.
            places[0] = offsets[-1]
        characters += f"{by}{text.value}"
        offsets = [*(offsets if by else offsets[:-1]), *places]
    return Text(characters, first.path, tuple(offsets), unknown)


def _places(text: Text) -> tuple[int, ...]:
    return text.offsets or tuple(range(len(text.value) + 1))


def _of_variable(tree: Tree, node: Node, state: State, texts: Texts) -> Text | None:
    """Return the text of the variable that is the whole word, with quotes around it or without."""
    while node.type in ("string", "command_name") and len(node.named_children) == 1:
        if tree.source(node).strip('"') != tree.source(node.named_children[0]):
            return None
        node = node.named_children[0]
    name = tree.source(node).lstrip("$").strip("{}")
    if node.type not in ("simple_expansion", "expansion") or name in state.arrays:
        return None
    found = state.values.get(name)
    return as_text(found, texts) if found is not None else None


def _parts(tree: Tree, node: Node, state: State) -> Iterator[_Part]:
    start, source = tree.characters[node.start_byte], tree.source(node)
    if node.type == "raw_string":
        yield _literal(tree, source[1:-1], start + 1, None)
    elif node.type in ("word", "number"):
        yield _literal(tree, source, start, ESCAPE)
    elif node.type in ("concatenation", "command_name"):
        for child in node.children:
            yield from _parts(tree, child, state)
    elif node.type == "string":
        for child, at, upto in stretches(tree, node):
            if child is None:
                yield _literal(tree, tree.text.value[at:upto], at, ESCAPE_IN_QUOTES)
            else:
                yield from _parts(tree, child, state)
    else:
        text = value(tree, node, state).text
        yield text, (tree.place(node).start,) * len(text)


def _literal(tree: Tree, source: str, start: int, escape: re.Pattern[str] | None) -> _Part:
    """Return literal text, in which a backslash is at the place of what it escapes."""
    pieces, indices, at = list[str](), list[int](), 0
    for match in (*(escape.finditer(source) if escape else ()), None):
        upto = match.start() if match else len(source)
        pieces.append(source[at:upto])
        indices += range(at, upto)
        if match:
            kept = match[1].replace("\n", "")
            pieces.append(kept)
            indices += [match.start()] * len(kept)
            at = match.end()
    places = [tree.text.place(start + index, start + index).start for index in indices]
    return "".join(pieces), tuple(places)
