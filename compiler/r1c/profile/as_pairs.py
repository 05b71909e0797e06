"""A list or a command line where a map belongs -> its first entry as the map has it, to show the form."""

from __future__ import annotations

import json
import re
from typing import Any

from r1c.diagnostics.suggest import SHOWN
from r1c.source import scalar

_PLAIN = re.compile(r"[\w./=+@%,-]+")
"""Values that need no quotes in YAML, unless they are read as another type."""


def first(value: Any, *, strings: bool) -> str | None:
    """Return the first entry as `name: value`, None if it has neither form that is known.

    Known are `- name: A` with `value: b`, `- A: b`, `A=b`, `--flag=b` and `--flag b`. With `strings`, a value
    that YAML reads as another type gets quotes.
    """
    pair = _of_item(value[0]) if isinstance(value, list) and value else None
    if isinstance(value, str):
        pair = _of_words(value.split())
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        pair = _of_words(value)
    if pair is None or not re.fullmatch(r"[A-Za-z][\w.-]*", pair[0]):
        return None
    name, given = pair
    text = given if isinstance(given, str) else json.dumps(given)
    if len(name) + len(text) > SHOWN:
        return None
    if not re.fullmatch(_PLAIN, text) or (strings and not isinstance(scalar.read(text)[0], str)):
        text = json.dumps(text, ensure_ascii=False)
    return f"{name}: {text}"


def _of_item(item: Any) -> tuple[str, Any] | None:
    if not isinstance(item, dict):
        return None
    name = item.get("name")
    if isinstance(name, str) and isinstance(item.get("value"), str | int | float):
        return name, item["value"]
    if len(item) == 1 and isinstance(one := next(iter(item.values())), str | int | float):
        return str(next(iter(item))), one
    return None


def _of_words(words: list[str]) -> tuple[str, Any] | None:
    """Take the first flag or assignment of a command line; a flag alone is true."""
    if not words:
        return None
    name, equals, value = words[0].partition("=")
    flag = name.startswith("-")
    if equals:
        return name.lstrip("-"), value
    if flag:
        alone = len(words) == 1 or words[1].startswith("-")
        return name.lstrip("-"), True if alone else words[1]
    return None
