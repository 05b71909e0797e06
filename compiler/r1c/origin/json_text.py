"""Marked values -> JSON, as json.dumps writes it, each part with the marks of its value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from r1c.origin.origins import UNMARKED
from r1c.origin.values import Str, concatenated, mark_of, plain, whole


def written(value: Any, layout: Mapping[str, Any]) -> Str:
    """Return the JSON of a value; `layout` are json.dumps's own settings of how it is written."""
    indent = layout.get("indent")
    between, colon = layout.get("separators") or ("," if indent is not None else ", ", ": ")
    step = " " * indent if isinstance(indent, int) else indent

    def scalar(item: Any) -> Str:
        text = json.dumps(plain(item), ensure_ascii=layout.get("ensure_ascii", True))
        if isinstance(item, Str) and text == f'"{plain(item)}"':
            return concatenated(('"', item, '"'))
        return whole(text, mark_of(item))

    def put(item: Any, lead: str) -> Str:
        pairs = isinstance(item, dict)
        if not pairs and not isinstance(item, list | tuple):
            return scalar(item)
        opening, closing = "{}" if pairs else "[]"
        entries: list[Any] = list(item.items() if pairs else item)
        if pairs and layout.get("sort_keys"):
            entries.sort(key=lambda pair: plain(pair[0]))
        if not entries:
            return whole(opening + closing, UNMARKED)
        deeper = "" if step is None else f"{lead}{step}"
        parts: list[str] = [opening]
        for number, entry in enumerate(entries):
            parts.append((between if number else "") + ("" if step is None else f"\n{deeper}"))
            if pairs:
                key = scalar(entry[0])
                value_ = put(entry[1], deeper)
                parts += (key, colon, value_)
            else:
                parts.append(put(entry, deeper))
        return concatenated([*parts, ("" if step is None else f"\n{lead}") + closing])

    return put(value, "")
