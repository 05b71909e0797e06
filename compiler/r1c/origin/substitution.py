"""re.sub for strings with origins."""

from __future__ import annotations

import re
from typing import Any

from r1c.origin.origins import UNMARKED, joined
from r1c.origin.values import Str, concatenated, mark_of, plain, whole


def substituted(pattern: str | re.Pattern[str], new: Any, text: str) -> Str:
    """Return what re.sub does, with the marks of what stays, and those of a match for what replaces it."""
    made: list[str] = []
    at, held = 0, text if isinstance(text, Str) else whole(text, UNMARKED)
    for match in re.finditer(plain(pattern), plain(text)):
        made.append(held.part(at, match.start()))
        put = new(match) if callable(new) else match.expand(plain(new))
        mark = held.part(*match.span()).mark
        made.append(put if isinstance(put, Str) else whole(put, joined(mark, mark_of(new))))
        at = match.end()
    return concatenated([*made, held.part(at, len(held))])
