"""The words of a script -> their values: quotes removed, variables expanded, and split as a shell does it."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator

from r1c.record import record
from r1c.shell.arithmetic import arithmetic
from r1c.shell.script import Word, joined
from r1c.shell.state import State
from r1c.shell.syntax import Node, Tree

LONGEST = 131_072
"""Characters of a word: Linux refuses to start a program with a longer one (MAX_ARG_STRLEN)."""
_SHOWN = 60
ESCAPE = re.compile(r"\\(\n|.)", re.DOTALL)
ESCAPE_IN_QUOTES = re.compile(r"\\([\n\"\\$`])")
_ANSI = re.compile(r"\\([ntr\\'\"ae0])")
_ANSI_VALUES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "e": "\x1b", "0": "\0"}


@record
class _Piece:
    """A part of a word: whether it is split at spaces, and whether it is a word of its own, as of "$@"."""

    text: str
    unknown: tuple[str, ...] = ()
    split: bool = False
    apart: bool = False


def words(tree: Tree, node: Node, state: State) -> list[Word]:
    """Return the words that a word of the script becomes: none, one, or several."""
    place = tree.place(node)
    pieces = _limited(_pieces(tree, node, state, quoted=False), tree.source(node))
    return [Word(text, _with_given(tree, text, unknown), place) for text, unknown in _split(pieces)]


def value(tree: Tree, node: Node, state: State) -> Word:
    """Return a word that is not split, such as the value of an assignment."""
    pieces = list(_limited(_pieces(tree, node, state, quoted=False), tree.source(node)))
    text = "".join(
        f" {piece.text}" if piece.apart and index else piece.text for index, piece in enumerate(pieces)
    )
    unknown = tuple(part for piece in pieces for part in piece.unknown)
    return Word(text, _with_given(tree, text, unknown), tree.place(node))


def _with_given(tree: Tree, text: str, unknown: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is unknown in a word, also what the script got as text: quotes do not make it known."""
    return (*unknown, *(part for part in tree.text.unknown if part in text and part not in unknown))


def _limited(pieces: Iterable[_Piece], source: str) -> Iterator[_Piece]:
    """Yield the pieces; if they are more text than any command line takes, the word is not known."""
    size = 0
    for piece in pieces:
        size += len(piece.text) + 1
        if size > LONGEST + len(source):
            yield _Piece("...", (source[:_SHOWN],))
            return
        yield piece


def _split(pieces: Iterable[_Piece]) -> Iterator[tuple[str, tuple[str, ...]]]:
    text, unknown, begun = "", list[str](), False
    for piece in pieces:
        if piece.apart and begun:
            yield text, tuple(unknown)
            text, unknown, begun = "", [], False
        if not piece.split or piece.unknown:
            text, begun = text + piece.text, begun or bool(piece.text) or not piece.split
            unknown += piece.unknown
            continue
        for part in re.findall(r"\s+|\S+", piece.text):
            if not part.isspace():
                text, begun = text + part, True
            elif begun:
                yield text, tuple(unknown)
                text, unknown, begun = "", [], False
    if begun:
        yield text, tuple(unknown)


def _pieces(tree: Tree, node: Node, state: State, *, quoted: bool) -> Iterator[_Piece]:
    kind, source = node.type, tree.source(node)
    literal = _literal(kind, source)
    if literal is not None:
        yield _Piece(literal)
    elif kind == "string":
        yield from _between(tree, node, state)
    elif kind == "translated_string":
        for child in node.named_children:
            yield from _pieces(tree, child, state, quoted=True)
    elif kind in ("concatenation", "command_name"):
        for child in node.children:
            yield from _pieces(tree, child, state, quoted=quoted)
    elif kind == "arithmetic_expansion":
        number = arithmetic(tree, node, state)
        yield _Piece(source, (source,)) if number is None else _Piece(str(number))
    elif kind == "simple_expansion":
        yield from _variable(source, source[1:], state, quoted=quoted)
    elif kind == "expansion":
        yield from _expansion(tree, node, state, quoted=quoted)
    elif node.is_named:
        yield _Piece(source, (source,))
    else:
        yield _Piece(source)


def _literal(kind: str, source: str) -> str | None:
    """Return the value of a part in which nothing is expanded."""
    if kind in ("word", "number", "extglob_pattern", "variable_name", "regex", "special_variable_name"):
        return ESCAPE.sub(lambda match: "" if match[1] == "\n" else match[1], source)
    if kind == "raw_string":
        return source[1:-1]
    if kind == "ansi_c_string":
        return _ANSI.sub(lambda match: _ANSI_VALUES.get(match[1], match[1]), source[2:-1])
    return None


def _between(tree: Tree, node: Node, state: State) -> Iterator[_Piece]:
    """Read a string in double quotes, with the spaces that the tree has no node for."""
    if [tree.source(child) for child in node.named_children] not in (["$@"], ["${@}"]) or state.arguments:
        # Quotes make a word of nothing too, except around "$@".
        yield _Piece("")
    for child, start, end in stretches(tree, node):
        if child is None:
            yield _Piece(_unescaped(tree.text.value[start:end]))
        else:
            yield from _pieces(tree, child, state, quoted=True)


def stretches(tree: Tree, node: Node) -> Iterator[tuple[Node | None, int, int]]:
    """Yield what is in double quotes: expansions, and None for text, with its first character and its end."""
    at = node.start_byte + 1
    for child in (*node.named_children, None):
        upto = child.start_byte if child is not None else node.end_byte - 1
        start, end = tree.characters[at], tree.characters[max(at, upto)]
        if start < end:
            yield None, start, end
        if child is None:
            return
        text = child.type == "string_content"
        yield None if text else child, tree.characters[child.start_byte], tree.characters[child.end_byte]
        at = child.end_byte


def _unescaped(text: str) -> str:
    return ESCAPE_IN_QUOTES.sub(lambda match: "" if match[1] == "\n" else match[1], text)


def _variable(source: str, name: str, state: State, *, quoted: bool) -> Iterator[_Piece]:
    if name in ("@", "*"):
        yield from _apart(state.arguments, quoted=quoted)
        return
    found = _given(name, state)
    if name == "#":
        found = Word(str(len(state.arguments)))
    elif name in state.arrays:
        found = next(iter(state.arrays[name]), Word(""))
    if found is None:
        yield _Piece(source, (source,), split=not quoted)
    else:
        yield _Piece(found.text, found.unknown, split=not quoted)


def _given(name: str, state: State) -> Word | None:
    """Return the value of a variable, or of an argument such as $1."""
    if name.isdigit() and 0 < int(name) <= len(state.arguments):
        return state.arguments[int(name) - 1]
    return state.values.get(name)


def _apart(values: Iterable[Word], *, quoted: bool) -> Iterator[_Piece]:
    for index, one in enumerate(values):
        yield _Piece(one.text, one.unknown, split=not quoted, apart=index > 0)


def _expansion(tree: Tree, node: Node, state: State, *, quoted: bool) -> Iterator[_Piece]:
    """Expand ${NAME}, ${NAME:-default} and their like."""
    source, children = tree.source(node), list(node.children)[1:-1]
    unknown = _Piece(source, (source,), split=not quoted)
    named = children[0] if children else node
    name, rest = tree.source(named), children[1:]
    if named.type == "subscript" and not rest:
        yield from _subscript(tree, named, unknown, state)
    elif named.type not in ("variable_name", "special_variable_name"):
        yield unknown
    elif not rest:
        yield from _variable(source, name, state, quoted=quoted)
    else:
        found = _given(name, state)
        operands = [piece for child in rest[1:] for piece in _pieces(tree, child, state, quoted=True)]
        own = _Operated(name, found, tree.source(rest[0]), tuple(operands), unknown)
        yield from _operated(own, state)


@record
class _Operated:
    """${NAME sign operands}, the value of NAME, and what stands for the whole if it is not known."""

    name: str
    found: Word | None
    sign: str
    operands: tuple[_Piece, ...]
    unknown: _Piece


def _operated(one: _Operated, state: State) -> Iterator[_Piece]:
    found, sign, split = one.found, one.sign, one.unknown.split
    text = "".join(piece.text for piece in one.operands)
    parts = tuple(part for piece in one.operands for part in piece.unknown)
    other = _Piece(text, parts, split)
    if sign in (":-", "-", ":=", "=") and (found is None or (not found.text and sign[0] == ":")):
        if sign.endswith("="):
            state.assign(one.name, Word(text, parts))
        yield other
    elif found is None and sign in (":+", "+"):
        return
    elif found is None or not found.known:
        yield one.unknown
    elif sign in (":-", "-", ":=", "=", ":?", "?"):
        yield _Piece(found.text, (), split)
    elif sign in (":+", "+"):
        if found.text or sign == "+":
            yield other
    elif sign in ("%", "%%", "#", "##") and not parts:
        yield _Piece(_trimmed(found.text, sign, text), (), split)
    else:
        yield one.unknown


def _trimmed(text: str, sign: str, pattern: str) -> str:
    """Remove the shortest or the longest beginning or end that fits a pattern."""
    ends = sign[0] == "%"
    cuts = range(len(text) + 1) if (len(sign) == 2) == ends else range(len(text), -1, -1)
    for cut in cuts:
        if fnmatch.fnmatchcase(text[cut:] if ends else text[:cut], pattern):
            return text[:cut] if ends else text[cut:]
    return text


def _subscript(tree: Tree, node: Node, unknown: _Piece, state: State) -> Iterator[_Piece]:
    name, index = (tree.source(child) for child in node.named_children[:2])
    values = state.arrays.get(name)
    if values is not None and index in ("@", "*"):
        yield from _apart(values, quoted=not unknown.split)
    elif values is not None and index.isdigit() and int(index) < len(values):
        one = values[int(index)]
        yield _Piece(one.text, one.unknown, unknown.split)
    else:
        yield unknown


def heredoc(tree: Tree, node: Node, state: State) -> Word:
    """Return the text of a heredoc; in one whose end is quoted nothing is expanded."""
    start = next((child for child in node.children if child.type == "heredoc_start"), None)
    body = next((child for child in node.children if child.type == "heredoc_body"), None)
    if body is None:
        return Word("", (), tree.place(node))
    strip = tree.source(node).startswith("<<-")
    if start is not None and tree.source(start)[:1] in ("'", '"', "\\"):
        return _stripped(Word(tree.source(body), (), tree.place(body)), strip=strip)
    parts, at = list[Word](), body.start_byte
    for child in (*body.named_children, None):
        upto = child.start_byte if child is not None else body.end_byte
        parts.append(Word(tree.text.value[tree.characters[at] : tree.characters[max(at, upto)]]))
        if child is None:
            break
        if child.type == "heredoc_content":
            parts.append(Word(tree.source(child)))
        else:
            pieces = _limited(_pieces(tree, child, state, quoted=True), tree.source(child))
            parts += [Word(one.text, one.unknown) for one in pieces]
        at = child.end_byte
    whole = joined(*parts)
    return _stripped(Word(whole.text, whole.unknown, tree.place(body)), strip=strip)


def _stripped(word: Word, *, strip: bool) -> Word:
    if not strip:
        return word
    return Word(re.sub(r"^\t+", "", word.text, flags=re.MULTILINE), word.unknown, word.place)
