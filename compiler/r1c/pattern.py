"""A regular expression as text -> the pattern, compiled when it is first used, as most are not in a run."""

from __future__ import annotations

import re
from typing import Any


class _Later:
    """Stands in for a pattern, and takes over its methods one by one as they are asked for."""

    def __init__(self, text: str, flags: int) -> None:
        self._arguments = text, flags

    def __getattr__(self, name: str) -> Any:
        """Return what the pattern has under that name, from now on without a detour."""
        found = getattr(re.compile(*self._arguments), name)
        self.__dict__[name] = found
        return found


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern for its own methods (fullmatch, finditer, sub ...), not for the functions of re."""
    later: Any = _Later(text, flags)
    return later  # type: ignore[no-any-return]  # it does all that a pattern does
