"""A .gitignore of an output -> the file, such as that of a token, that it keeps out of git."""

from __future__ import annotations

import os
from os.path import join

from r1c.output.disk import read

_NAME = ".gitignore"


def hidden(root: str, path: str) -> str | None:
    """Return the file that a .gitignore of r1c names and that is there; None for all other files.

    Without the .gitignore, the next `git add` would take it.
    """
    folder, _, name = path.rpartition("/")
    if name != _NAME:
        return None
    for line in read(join(root, path)).decode("utf-8", "replace").splitlines():
        named = f"{folder}{line}".removeprefix("/")
        if line.startswith("/") and os.path.lexists(join(root, named)):
            return named
    return None
