"""A text -> the halves of UTF-16 pairs in it, which no file and no terminal can take.

JSON and YAML can write them as escapes (`ud83d` after a backslash), so they come out of
files that are valid UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REPLACEMENT = "\ufffd"

# Compiled when one is looked for: nearly all texts are ASCII.
_HALF = "[\ud800-\udfff]"
_PAIR = "[\ud800-\udbff][\udc00-\udfff]"


def half(text: str) -> str | None:
    """Return the first half of a pair in a string as its escape, None if all characters are whole."""
    if text.isascii():
        return None
    found = re.search(_HALF, text)
    return f"\\u{ord(found[0]):04x}" if found else None


def joined(text: str) -> str | None:
    """Return the text with each pair as its character, None if a half remains."""
    whole = re.sub(_PAIR, lambda match: match[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    return None if half(whole) else whole


def replaced(text: str) -> str:
    """Return the text with U+FFFD for each half."""
    return text if text.isascii() else re.sub(_HALF, REPLACEMENT, text)


def half_in(data: Any) -> str | None:
    """Return the first half of a pair in the keys and strings of plain data, as its escape."""
    left = [data]
    while left:
        value = left.pop()
        if isinstance(value, str):
            if found := half(value):
                return found
        elif isinstance(value, Mapping):
            left += [*value.values(), *value]
        elif isinstance(value, list):
            left += value
    return None
