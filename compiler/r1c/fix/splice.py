"""A text and a change -> the text with that change, spliced in where the YAML has it.

A dump of the whole tree, even a round trip, lays lists, spaces and long lines out anew; here every byte
outside of the change stays. What cannot be done without touching more, such as a value behind an alias or
between comments, is not done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from r1c.diagnostics import Change, Move, Path, Put, Remove, Value
from r1c.emit.yaml import inline, to_yaml
from r1c.fix.tree import Item, Node, Place, find, tree
from r1c.record import record
from r1c.source.document import named

_STEP = 2
"""Spaces by which a new map is indented."""
_ANCHOR = re.compile(r"&[^\s,\[\]{}]+\s+")


@record
class Written:
    """What is written behind a key in `column`: all between the colon and the comment, and the comment."""

    text: str
    column: int
    comment: str


New = Value | Written | Mapping[str, "New"]


def spliced(text: str, change: Change) -> str | None:
    """Return the text with a change; None if it cannot be made without touching anything else."""
    root = tree(text)
    place = find(root, change.path, text)
    if isinstance(change, Put):
        if place:
            return _replaced(text, place, change.value)
        return _added(text, root, change.path, change.value)
    if place is None:
        return None
    if isinstance(change, Remove):
        above = find(root, change.path[:-1], text) if named(change.path) == change.path else None
        return _removed(text, place, above)
    return _moved(text, root, place, change)


# Values


def _replaced(text: str, place: Place, value: Value) -> str | None:
    """Write another value in the place of one, quoted like it."""
    node = place.item.value
    return _swapped(text, place.item, _flow(value, _quote(node)))


def _swapped(text: str, item: Item, new: str) -> str | None:
    """Write other text in the place of an item's value."""
    node, key = item.value, item.key
    start = node.start
    anchor = _ANCHOR.match(text, start) if node.kind != "alias" else None
    if anchor:
        start = anchor.end()
    if (node.block or start == node.end) and key:
        # The value of a block begins on a line below its key, and an absent one right at the colon.
        start = _behind(text, key)
        new = f" {new}"
    return None if _comments(text, start, node.end) else text[:start] + new + text[node.end :]


def _quote(node: Node) -> str:
    return node.style if node.style in ("'", '"') else ""


def _flow(value: New, quote: str = "") -> str:
    """Write a value on one line, a string in the quotes of the one before where it needs no escapes."""
    if isinstance(value, Written):
        return value.text.strip()
    if isinstance(value, str):
        text = inline(value)
        plain = text == value or (text == f'"{value}"' and "'" not in value)
        return f"{quote}{value}{quote}" if quote and plain else text
    if isinstance(value, tuple):
        return f"[{', '.join(_flow(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{inline(key)}: {_flow(item)}' for key, item in value.items())}}}"
    return to_yaml(value).rstrip("\n")


# New entries


def _added(text: str, root: Node, path: Path, value: New) -> str | None:
    """Write a new entry below the nearest map that there is."""
    for length in range(len(path) - 1, -1, -1):
        place = find(root, path[:length], text) if length else None
        node = place.item.value if place else root if not length else None
        if node is None:
            continue
        if not all(isinstance(part, str) for part in path[length:]):
            return None
        for part in reversed(path[length + 1 :]):
            value = {str(part): value}
        return _inserted(text, node, place, str(path[length]), value)
    return None


def _inserted(text: str, node: Node, place: Place | None, name: str, value: New) -> str | None:
    """Write an entry as the last one of a map, or as the first below a key that has no value."""
    if node.kind == "scalar" and node.style is None and node.text in ("", "null", "~") and place:
        return _swapped(text, place.item, _flow({name: value})) if _one_line(value) else None
    if node.kind != "map":
        return None
    if node.flow:
        if not _one_line(value):
            return None
        entry = f"{inline(name)}: {_flow(value)}"
        if not node.items:
            return f"{text[: node.end - 1]}{entry}{text[node.end - 1 :]}"
        end = node.items[-1].value.end
        return f"{text[:end]}, {entry}{text[end:]}"
    column = node.start - _line_start(text, node.start)
    end = _line_end(text, node.end)
    return text[:end] + "".join(_break(text) + line for line in _lines(name, value, column)) + text[end:]


def _one_line(value: New) -> bool:
    """Tell whether a value can be written in brackets."""
    if isinstance(value, Mapping):
        return all(map(_one_line, value.values()))
    return not isinstance(value, Written) or not (value.comment or re.search(r"[\r\n]", value.text))


def _lines(name: str, value: New, column: int) -> list[str]:
    """Return the lines of an entry at a column."""
    head = f"{' ' * column}{inline(name)}:"
    if isinstance(value, Mapping):
        inner = (line for key, item in value.items() for line in _lines(key, item, column + _STEP))
        return [head, *inner]
    if isinstance(value, Written):
        first, *others = re.split(r"\r\n|\r|\n", f"{value.text}{value.comment}")
        return [f"{head}{first}", *(_shifted(line, column - value.column) for line in others)]
    return [f"{head} {_flow(value)}"]


def _shifted(line: str, by: int) -> str:
    inner = line.lstrip(" ")
    return " " * (len(line) - len(inner) + by) + inner if inner else line


# Removal


def _removed(text: str, place: Place, above: Place | None) -> str | None:
    """Take an item out, with the line that it is on; a list or map that is left without any is empty."""
    parent, item = place.parent, place.item
    if len(parent.items) == 1:
        empty = "{}" if parent.kind == "map" else "[]"
        return _swapped(text, above.item, empty) if above else None
    if parent.flow:
        if place.number + 1 < len(parent.items):
            start, end = item.start, parent.items[place.number + 1].start
        else:
            start, end = parent.items[place.number - 1].value.end, item.value.end
        return None if _comments(text, start, end) else text[:start] + text[end:]
    begin, end = _line_start(text, item.start), _line_end(text, max(item.value.end, item.start))
    if re.fullmatch(r" *" if item.key else r" *- *", text[begin : item.start]):
        after = end + len(_break(text)) if end < len(text) else end
        kept = text[:begin] if end < len(text) else text[:begin].rstrip("\r\n")
        return kept + text[after:]
    if place.number:
        return None
    # The first entry of a map in a list is on the line of its dash, which the next one takes.
    follows = parent.items[1].start
    return None if _comments(text, end, follows) else text[: item.start] + text[follows:]


# Moves


def _moved(text: str, root: Node, place: Place, change: Move) -> str | None:
    key = place.item.key
    there = find(root, change.to, text)
    if key is None or (there and there.item.key is not key):
        return None
    if change.path[:-1] == change.to[:-1] or (place.parent is _parent(root, change.to, text)):
        new = _flow(str(change.to[-1]), _quote(key))
        return text[: key.start] + new + text[key.end :]
    added = _added(text, root, change.to, _written(text, key, place.item.value))
    if added is None:
        return None
    after = tree(added)
    there = find(after, change.path, added)
    return _removed(added, there, find(after, change.path[:-1], added)) if there else None


def _parent(root: Node, path: Path, text: str) -> Node | None:
    if len(path) == 1:
        return root
    place = find(root, path[:-1], text)
    return place.item.value if place else None


def _written(text: str, key: Node, node: Node) -> Written:
    rest = text[node.end : _line_end(text, node.end)]
    comment = rest if re.fullmatch(r"\s+#.*", rest) else ""
    return Written(text[_behind(text, key) : node.end], key.start - _line_start(text, key.start), comment)


# Lines


def _behind(text: str, key: Node) -> int:
    """Return where the text after a key's colon begins."""
    return text.index(":", key.end) + 1


def _comments(text: str, start: int, end: int) -> bool:
    """Tell whether a part of the text may have a comment in it."""
    return re.search(r"(^|\s)#", text[start:end]) is not None


def _line_start(text: str, index: int) -> int:
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def _line_end(text: str, index: int) -> int:
    found = re.compile(r"[\r\n]").search(text, index)
    return found.start() if found else len(text)


def _break(text: str) -> str:
    found = re.search(r"\r\n|\r|\n", text)
    return found[0] if found else "\n"
