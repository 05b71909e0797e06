"""A merged document -> its profile as YAML, each value with the file and line that it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from r1c.diagnostics import Path
from r1c.emit.yaml import inline, to_yaml
from r1c.source import Document, credentials
from r1c.source.extends import without_key

_STARS = "*" * 8


def listing(document: Document) -> str:
    """Return the profile as YAML with comments; credentials are starred out as in every message."""
    text = "".join(f"{line}\n" for line in _lines(document, without_key(document.data), (), ""))
    return document.hide(text)


def _lines(document: Document, value: Any, path: Path, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            name = to_yaml(key).strip()
            if isinstance(item, dict | list) and item:
                yield f"{indent}{name}:"
                yield from _lines(document, item, (*path, key), f"{indent}  ")
            else:
                yield f"{indent}{name}: {_value(document, key, item)}  # {_place(document, (*path, key))}"
    else:
        key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
        for number, item in enumerate(value):
            if isinstance(item, dict | list) and item:
                first, *rest = _lines(document, item, (*path, number), f"{indent}  ")
                yield f"{indent}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{indent}- {_value(document, key, item)}  # {_place(document, (*path, number))}"


def _value(document: Document, key: str, item: Any) -> str:
    # Before it is quoted or escaped, where a credential could no longer be told.
    if credentials.is_secret(key, item):
        item = _STARS
    elif isinstance(item, str):
        item = document.hide(item)
    # On one line, whatever it holds: the comment comes after it.
    text = to_yaml(item).rstrip("\n")
    return text if "\n" not in text else inline(item)


def _place(document: Document, path: Path) -> str:
    source = document.origin(path)
    span = document.span(path, on_key=False)
    return f"{source.name}:{span.line}" if span else source.name
