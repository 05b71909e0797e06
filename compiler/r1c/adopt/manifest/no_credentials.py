"""A part of a manifest -> the same without the values that are credentials, which are named."""

from __future__ import annotations

from typing import Any

from r1c.diagnostics import Path
from r1c.source import credentials

CREDENTIAL = "a credential does not belong in a file; keep it in a Secret"
_LEFT_OUT = ("spec", "template", "leaderWorkerTemplate", "leaderTemplate", "workerTemplate")
"""Words of a place that say nothing about it."""


def without_credentials(node: Any, path: Path, left: dict[str, str]) -> Any:
    """Return a tree without the values that are credentials; each is named by its place.

    A variable is left out as a whole, and so is a list of words, because its words belong together.
    """
    if isinstance(node, dict):
        result = {}
        for key, child in node.items():
            secret = isinstance(child, str) and credentials.is_secret(str(key), child)
            if secret or _has_one(child) or (isinstance(child, list) and any(map(_has_one, child))):
                left[_place((*path, key))] = CREDENTIAL
            else:
                result[key] = without_credentials(child, (*path, key), left)
        return result
    if isinstance(node, list):
        places = [(*path, _named(child, index)) for index, child in enumerate(node)]
        secret_ones = [place for place, child in zip(places, node, strict=True) if is_literal(child)]
        left.update(dict.fromkeys(map(_place, secret_ones), CREDENTIAL))
        return [
            without_credentials(child, place, left)
            for place, child in zip(places, node, strict=True)
            if not is_literal(child)
        ]
    return node


def is_literal(child: Any) -> bool:
    """Tell whether an item is a variable with a credential as its value."""
    value = child.get("value") if isinstance(child, dict) else None
    return isinstance(value, str) and (credentials.names_one(str(child.get("name", ""))) or _has_one(value))


def _has_one(value: Any) -> bool:
    return isinstance(value, str) and credentials.first(value) is not None


def _named(child: Any, index: int) -> str | int:
    return str(child["name"]) if isinstance(child, dict) and "name" in child else index


def _place(path: Path) -> str:
    return ".".join(str(part) for part in path if part not in _LEFT_OUT)
