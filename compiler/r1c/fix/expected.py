"""A profile's data and a change -> the data that the changed text must have."""

from __future__ import annotations

from typing import Any

from r1c.diagnostics import Change, Move, Path, Put
from r1c.source.document import named


def changed(data: Any, change: Change, after: Any) -> Any:
    """Return the data with a change. Raises LookupError or TypeError where it does not fit the data.

    An entry that the data does not have, such as a key given twice, is one of `after`, the data of the
    changed text.
    """
    path = change.path
    if isinstance(change, Put):
        return _with(data, path, _plain(change.value))
    unread = named(path) != path
    if isinstance(change, Move):
        value = _at(after if unread else data, change.to if unread else path)
        return _with(data if unread else _without(data, path), change.to, value)
    return data if unread else _without(data, path)


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _with(data: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(data, list):
        return [_with(item, rest, value) if at == first else item for at, item in enumerate(data)]
    data = {} if data is None else data
    return {**data, first: _with(data.get(first), rest, value)}


def _without(data: Any, path: Path) -> Any:
    first, rest = path[0], path[1:]
    if rest:
        return _with(data, (first,), _without(data[first], rest))
    if isinstance(data, list):
        return [item for at, item in enumerate(data) if at != first]
    return {key: item for key, item in data.items() if key != first}
