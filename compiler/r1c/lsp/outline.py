"""A document -> its fields as a tree, for an editor's outline."""

from __future__ import annotations

from enum import Enum

from r1c import source
from r1c.diagnostics import Path, Span
from r1c.record import record


class Kind(Enum):
    """What a field has."""

    MAP = "map"
    LIST = "list"
    VALUE = "value"


@record
class Part:
    """A field or an item of a list: where its key is, and where the last key or value inside it is.

    `value` is a scalar as it is written.
    """

    name: str
    kind: Kind
    value: str
    key: Span
    last: Span
    inside: tuple[Part, ...]


def of(text: str) -> tuple[Part, ...]:
    """Return the outermost fields of a document; nothing of one that is not valid YAML."""
    document = source.read("", text.encode("utf-8", "replace"))
    if not document.usable:
        return ()
    below: dict[Path, list[Path]] = {}
    for path in document.places:
        named = source.named(path)
        if named and named == path:
            below.setdefault(path[:-1], []).append(path)
    return tuple(_part(path, document, below) for path in below.get((), ()))


def _part(path: Path, document: source.Document, below: dict[Path, list[Path]]) -> Part:
    entry = document.places[path]
    items = [] if entry.scalar else below.get(path, [])  # those of an alias are elsewhere
    inside = tuple(_part(item, document, below) for item in items)
    key = entry.key or (inside[0].key if inside else entry.value)
    start, end = entry.value_at
    last = inside[-1].last if inside else entry.source.span(max(start, end - 1), end)
    kind = Kind.VALUE if not items else Kind.LIST if isinstance(items[0][-1], int) else Kind.MAP
    name = f"[{path[-1]}]" if isinstance(path[-1], int) else str(path[-1])
    return Part(name, kind, entry.written if entry.scalar else "", key, last, inside)
