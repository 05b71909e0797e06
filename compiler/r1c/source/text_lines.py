"""A text and a character index in it -> the line there, its number, and the lines above it."""

from __future__ import annotations

import re


def line_at(text: str, index: int) -> tuple[int, str]:
    """Return where the line of an index begins, and its text without its end."""
    begin = max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1
    return begin, re.split(r"[\r\n]", text[begin:], maxsplit=1)[0]


def number(text: str, index: int) -> int:
    """Return the 1-based number of the line that holds a character index."""
    return len(re.findall(r"\r\n|\r|\n", text[:index])) + 1


def above(text: str, begin: int) -> tuple[int, str] | None:
    """Return where the nearest line with content above begins, and its text; None without one."""
    while begin > 0:
        begin, line = line_at(text, begin - 1 - (text[begin - 2 : begin] == "\r\n"))
        if line.strip() and not line.lstrip().startswith("#"):
            return begin, line
    return None


def indent(line: str) -> int:
    """Return how many spaces a line begins with."""
    return len(line) - len(line.lstrip(" "))
