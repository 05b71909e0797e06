"""The PROFILE arguments of a command -> the files to read, and their bytes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from r1c.diagnostics import UserError
from r1c.source import SIZE_LIMIT

STDIN = "-"
SUFFIXES = (".yaml", ".yml")
_FORMAT = re.compile(rb"^apiVersion:.*r1c\.dev/", re.MULTILINE)
_RECIPE = re.compile(rb"^kind:\s*[\"']?Recipe\b", re.MULTILINE)
_KIND = re.compile(rb"^kind:", re.MULTILINE)


def profiles(arguments: Sequence[str]) -> list[str]:
    """Return the profile files that the arguments name, each once, in order.

    A directory means every Recipe in it and below it; a file that is no recipe is passed over there. Raises
    UserError for a path that does not exist or a directory without a recipe.
    """
    found: dict[str, None] = {}
    for argument in arguments:
        if argument == STDIN:
            found[argument] = None
        elif Path(argument).is_dir():
            inside = list(_recipes(argument))
            if not inside:
                raise UserError(f"{argument}: no file in this directory is a recipe (kind: Recipe)")
            found |= dict.fromkeys(inside)
        else:
            found[os.path.normpath(argument)] = None
    return list(found)


def _recipes(directory: str) -> Iterator[str]:
    try:
        for folder, folders, names in os.walk(directory, onerror=_refuse):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = os.path.normpath(Path(folder, name))
                if name.endswith(SUFFIXES) and _says_recipe(read(path)):
                    yield path
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be read: {error.strerror}") from error


def is_recipe(path: str, content: bytes) -> bool:
    """Tell whether a file below a directory would be taken for a recipe, were it on disk."""
    hidden = any(part.startswith(".") for part in path.split("/")[:-1])
    return not hidden and path.endswith(SUFFIXES) and _says_recipe(content)


def _says_recipe(content: bytes) -> bool:
    """Tell whether a file is a recipe; one of the format without a kind is there to be extended."""
    return bool(_RECIPE.search(content) or (_FORMAT.search(content) and _KIND.search(content)))


def _refuse(error: OSError) -> None:
    raise error


def read(path: str) -> bytes:
    """Return a file's bytes, or standard input's; no more than shows that it is too large. Raises
    UserError.
    """
    try:
        if path == STDIN:
            return sys.stdin.buffer.read(SIZE_LIMIT + 1)
        with Path(path).open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error


def beside(file: str) -> Callable[[str], bytes]:
    """Return what reads a file that a profile names by its path from it (from here, for standard input).

    Nothing outside the profile's repository is read, or outside its folder where there is no repository.
    """
    folder = Path() if file in (STDIN, shown(STDIN)) else Path(file).parent

    def reader(path: str) -> bytes:
        here = folder.resolve()
        root = next((above for above in (here, *here.parents) if (above / ".git").exists()), here)
        if not (folder / path).resolve().is_relative_to(root):
            raise UserError(f"{path} leads out of the repository")
        return read(str(folder / path))

    return reader


def shown(path: str) -> str:
    """Return the name of a file for messages."""
    return "<stdin>" if path == STDIN else path
