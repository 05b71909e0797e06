"""An object and the parts that were read from it -> the parts that were not read, highest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from r1c.diagnostics import Path


def left(data: Any, taken: Iterable[Path], opened: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield each part that nobody took: together with what was taken, these have every value of the object.

    A path in `taken` stands for all below it. A part is yielded whole if nothing below it was taken and
    `opened` does not tell to look into it; an empty part has nothing to name.
    """
    whole = frozenset(taken)
    above = frozenset(path[:length] for path in whole for length in range(len(path)))

    def look(node: Any, path: Path) -> Iterator[Path]:
        if path in whole:
            return
        children = list(_children(node))
        if children and (path in above or opened(path)):
            for key, child in children:
                yield from look(child, (*path, key))
        elif node not in ({}, [], None):
            yield path

    return look(data, ())


def leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value that is not a list or a map, with its path."""
    children = list(_children(data))
    if not children and data not in ({}, []):
        yield path, data
    for key, child in children:
        yield from leaves(child, (*path, key))


def at_path(data: Any, path: Path) -> Any:
    """Return the value at a path, None if there is none."""
    for part in path:
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _children(node: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, list):
        yield from enumerate(node)
