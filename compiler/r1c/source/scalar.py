"""The text of a plain scalar -> what YAML readers take it for, and where they disagree."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

_NOTHING = ("", "~", "null", "Null", "NULL")
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
# The forms of numbers are compiled only where a scalar begins like one and is not a plain decimal number.
_BEGINS = "+-.0123456789"
_INTEGER = r"[-+]?[0-9]+"
_FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
_SPECIAL_FLOAT = r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
_NUMBER_MEANT = "the plain decimal number if you mean a number"
_WORDS = {
    **dict.fromkeys(("yes", "on", "y"), ("a boolean", "a string", "true")),
    **dict.fromkeys(("no", "off", "n"), ("a boolean", "a string", "false")),
}
_NUMBERS = (
    (r"[-+]?0[0-9]*[89][0-9]*", ("a decimal number", "a string", _NUMBER_MEANT)),
    (r"[-+]?0[0-9]+", ("an octal number", "a decimal one", _NUMBER_MEANT)),
    (r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?0b[01_]+", ("a number in another base", "a string", _NUMBER_MEANT)),
    (r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?", ("a number in base 60", "a string", _NUMBER_MEANT)),
    (r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?", ("a date", "a string", None)),
    (
        r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?",
        ("a number with underscores", "a string", "the number without underscores"),
    ),
)
"""How some readers read a plain scalar, how others do, and what to write if you do not mean a string."""
LARGEST = 2**63 - 1
"""What the readers of manifests keep exactly; r1c's own sums stay small enough too."""
_REMEMBERED = 2048
"""Scalars: the same ones come again in every profile."""


def _number(text: str) -> int | float | None:
    """Return the number that a plain scalar is in the YAML 1.2 core schema."""
    if text[0] not in _BEGINS:
        return None
    if re.fullmatch(_INTEGER, text):
        return int(text) if len(text) < 400 else math.inf
    if re.fullmatch(_FLOAT, text):
        return float(text)
    return math.nan if re.fullmatch(_SPECIAL_FLOAT, text) else None


def _doubt(text: str) -> tuple[str, str, str | None] | None:
    """Return how YAML readers differ about a plain scalar, None if they agree."""
    if text[0] not in _BEGINS:
        return _WORDS.get(text.lower())
    return next((doubt for form, doubt in _NUMBERS if re.fullmatch(form, text)), None)


@lru_cache(maxsize=_REMEMBERED)
def plain_key(text: str) -> str | None:
    """Say what a plain key is to a YAML reader, None if it is text to all of them."""
    if text in _NOTHING:
        return "null"
    if text in _TRUE or text in _FALSE:
        return "a boolean"
    doubt = _doubt(text)
    if doubt:
        return doubt[0]
    return None if _number(text) is None else "a number"


def _digits(text: str) -> bool:
    return text.isdecimal() and text.isascii()


@lru_cache(maxsize=_REMEMBERED)
def read(text: str) -> tuple[Any, tuple[str, str] | None]:
    """Return the value of a plain scalar in the YAML 1.2 core schema.

    Where YAML 1.1 differs, or no reader can keep the number, it is the text itself, with the fault and what
    to write instead.
    """
    if text in _NOTHING:
        return None, None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE, None
    if _digits(text) and len(text) < 19 and (text[0] != "0" or text == "0"):
        # What nearly all numbers of a profile look like; no reader takes them for anything else.
        return int(text), None
    whole, dot, rest = text.partition(".")
    if dot and _digits(whole) and _digits(rest) and len(text) < 19 and (whole[0] != "0" or whole == "0"):
        return float(text), None
    doubt = _doubt(text)
    if doubt:
        some, others, instead = doubt
        quoted = f'"{text}" in quotes'
        help_ = f"write {instead}, or {quoted} if you mean a string" if instead else f"write {quoted}"
        return text, (f"some YAML readers read {text} as {some}, others as {others}", help_)
    number = _number(text)
    if number is None:
        return text, None
    if not abs(number) <= LARGEST:
        shown = text if len(text) <= 30 else f"{text[:27]}..."
        message = f"{shown} is larger than the largest number in a profile ({LARGEST})"
        if re.fullmatch(_SPECIAL_FLOAT, text):
            message = f"{text} is out of range"
        return text, (
            message,
            "write a plain decimal number, or put the value in quotes if you mean a string",
        )
    return number, None
