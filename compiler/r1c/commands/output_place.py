"""The name that `r1c explain` gets -> the file that it begins with, and the place in it."""

from __future__ import annotations

from os.path import dirname, isfile, join

from r1c.output.lock import LOCK


def split(name: str) -> tuple[str, str] | None:
    """Return the file that a name begins with, and what follows its colon."""
    if isfile(name):
        return name, ""
    parts = name.split(":")
    for length in range(len(parts) - 1, 0, -1):
        if isfile(":".join(parts[:length])):
            return ":".join(parts[:length]), ":".join(parts[length:])
    return None


def is_in_output(name: str) -> bool:
    """Tell whether a name is a path into the output of a recipe: a folder of it has the lock."""
    folder = dirname(name)
    while folder not in ("", "/"):
        if isfile(join(folder, LOCK)):
            return True
        folder = dirname(folder)
    return False
