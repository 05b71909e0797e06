"""A text -> how wide it may be in a drawing, and the text shortened or wrapped to a width.

A browser has the font, so this is an estimate, on the wide side: the widths of DejaVu Sans, wider than the
system fonts that browsers take.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_CLASSES = (
    (0.33, "ijlIJ.,:;'|! "),
    (0.42, "frt()[]/-\\"),
    (0.56, 'csz_?*"`FL'),
    (0.79, "ACDGHNOQRUVX&"),
    (0.85, "wM+=<>~^#"),
    (1.0, "mW@%"),
)
_EMS = {char: em for em, chars in _CLASSES for char in chars}
_CAPITAL, _OTHER, _NOT_ASCII = 0.69, 0.64, 1.05
_BOLD = 1.12

ELLIPSIS = "\u2026"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return an upper bound for the width of a text in a font of `size`, in the same unit."""
    return sum(map(_em, text)) * size * (_BOLD if bold else 1)


def _em(char: str) -> float:
    if not char.isascii():
        return 0 if unicodedata.combining(char) else _NOT_ASCII
    return _EMS.get(char, _CAPITAL if char.isupper() else _OTHER)


def shortened(text: str, size: float, most: float, *, bold: bool = False) -> str:
    """Return the text if it fits into `most`, else its beginning and end around an ellipsis."""
    if width(text, size, bold=bold) <= most:
        return text
    for kept in range(len(text) - 1, 0, -1):
        head = kept - kept // 3
        shorter = text[:head] + ELLIPSIS + text[len(text) - kept // 3 :]
        if width(shorter, size, bold=bold) <= most:
            return shorter
    return ELLIPSIS if width(ELLIPSIS, size, bold=bold) <= most else ""


def wrapped(text: str, size: float, most: float, *, bold: bool = False) -> Iterator[str]:
    """Yield the lines of a text that are no wider than `most`; a word that is wider is shortened."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width(longer, size, bold=bold) <= most:
            line = longer
            continue
        if line:
            yield line
        line = shortened(word, size, most, bold=bold)
    if line:
        yield line
