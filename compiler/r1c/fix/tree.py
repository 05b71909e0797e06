"""A profile's text -> the tree of its YAML: where each key and value begins and ends.

The events are those that the profile is read from, so both see the same YAML.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from r1c.diagnostics import Path
from r1c.record import record, replace
from r1c.source.document import Source, named
from r1c.source.events import events
from r1c.source.plain_yaml import Event


@record
class Node:
    """A value or a key: its first character and the one after its last, by index.

    `flow` is a list or map in brackets, `style` the quote or block indicator of a scalar; `text` is the
    scalar's, and `items` are those of a list or map.
    """

    kind: Literal["scalar", "list", "map", "alias"]
    start: int
    end: int
    flow: bool = False
    style: str | None = None
    text: str = ""
    items: tuple[Item, ...] = ()

    @property
    def block(self) -> bool:
        """Tell whether it is a list or map by indentation."""
        return self.kind in ("list", "map") and not self.flow


@record
class Item:
    """An entry of a map with its key, or an item of a list without one."""

    key: Node | None
    value: Node

    @property
    def start(self) -> int:
        """Where the entry begins."""
        return self.key.start if self.key else self.value.start


@record
class Place:
    """An item, the node that it is in, and its number there."""

    parent: Node
    number: int

    @property
    def item(self) -> Item:
        """The item itself."""
        return self.parent.items[self.number]


def tree(text: str) -> Node:
    """Return the root of a YAML text. Raises Unusable where it is not YAML."""
    stream = events(Source("", text))
    for event in stream:
        if event.kind in ("Scalar", "SequenceStart", "MappingStart", "Alias"):
            return _node(event, stream, text)
    return Node("scalar", 0, 0)


def _node(event: Event, stream: Iterator[Event], text: str) -> Node:
    kind, (start, end), flow = event.kind, event.at, event.flow
    if kind == "Alias":
        return Node("alias", start, end)
    if kind == "Scalar":
        # A block scalar takes the line ends below it.
        whole = start + len(text[start:end].rstrip()) if event.style in ("|", ">") else end
        return Node("scalar", start, whole, style=event.style, text=event.value)
    items: list[Item] = []
    for inner in stream:
        if inner.kind in ("MappingEnd", "SequenceEnd"):
            end = inner.at[1] if flow else items[-1].value.end if items else end
            break
        first = _node(inner, stream, text)
        items.append(Item(None, first) if kind == "SequenceStart" else _entry(first, stream, text))
    return Node("list" if kind == "SequenceStart" else "map", start, end, flow=flow, items=tuple(items))


def _entry(key: Node, stream: Iterator[Event], text: str) -> Item:
    value = _node(next(stream), stream, text)
    colon = text.find(":", key.end)
    if value.start == value.end and colon >= 0:
        # The library has it where the next key begins.
        value = replace(value, start=colon + 1, end=colon + 1)
    return Item(key, value)


def find(root: Node, path: Path, text: str) -> Place | None:
    """Return the place of a path; None if it is not in the text itself, or is reached through an alias."""
    if named(path) != path:
        line, column = -int(path[-2]), -int(path[-1])
        return next(
            (
                place
                for place in _every(root)
                if Source("", text).position(place.item.start) == (line, column)
            ),
            None,
        )
    node, place = root, None
    for part in path:
        number = next((number for number, item in enumerate(node.items) if _is(item, number, part)), None)
        if number is None:
            return None
        place = Place(node, number)
        node = place.item.value
    return place


def _is(item: Item, number: int, part: str | int) -> bool:
    return item.key.text == part and item.key.kind == "scalar" if item.key else number == part


def _every(node: Node) -> Iterator[Place]:
    for number, item in enumerate(node.items):
        yield Place(node, number)
        yield from _every(item.value)
