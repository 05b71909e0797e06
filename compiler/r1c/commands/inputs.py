"""The PROFILE arguments of a command -> the files to read, and their bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence

from r1c.diagnostics import UserError
from r1c.source.input_file import JSON_LIMIT, STDIN, read, shown, whole

__all__ = ["STDIN", "beside", "is_recipe", "profiles", "read", "shown", "whole"]

SUFFIXES = (".yaml", ".yml")
_FORMAT = rb"(?m)^apiVersion:.*r1c\.dev/"
_RECIPE = rb"(?m)^kind:\s*[\"']?Recipe\b"
_KIND = rb"(?m)^kind:"


def profiles(arguments: Sequence[str]) -> list[str]:
    """Return the profile files that the arguments name, each once, in order.

    A directory means every Recipe in it and below it; a file that is not a recipe is skipped there. Raises
    UserError for a path that does not exist or a directory without a recipe.
    """
    found: dict[str, None] = {}
    for argument in arguments:
        if argument == STDIN:
            found[argument] = None
        elif os.path.isdir(argument):
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
                path = os.path.normpath(os.path.join(folder, name))
                if name.endswith(SUFFIXES) and not _never_ends(path) and _says_recipe(read(path)):
                    yield path
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _never_ends(path: str) -> bool:
    """Tell whether a path exists and is not a regular file, such as a pipe or a device."""
    return os.path.exists(path) and not os.path.isfile(path)


def is_recipe(path: str, content: bytes) -> bool:
    """Tell whether a file below a directory would be taken for a recipe, were it on disk."""
    hidden = any(part.startswith(".") for part in path.split("/")[:-1])
    return not hidden and path.endswith(SUFFIXES) and _says_recipe(content)


def _says_recipe(content: bytes) -> bool:
    """Tell whether a file is a recipe; one of the format without a kind is there to be extended."""
    return bool(re.search(_RECIPE, content) or (re.search(_FORMAT, content) and re.search(_KIND, content)))


def _refuse(error: OSError) -> None:
    raise error


def beside(file: str) -> Callable[[str], bytes]:
    """Return what reads a file that a profile names by its path from it (from here, for standard input).

    Only files in the profile's git repository are read, or in its folder if there is no repository.
    """
    folder = "" if file in (STDIN, shown(STDIN)) else os.path.dirname(file)

    def reader(path: str) -> bytes:
        place = os.path.join(folder, path)
        root = os.path.join(_repository(os.path.realpath(folder)), "")
        if not os.path.realpath(place).startswith(root):
            raise UserError(f"{path} is outside of {_bounds(root)}")
        if _never_ends(place):
            raise UserError(f"{path} is not a regular file")
        return whole(place, JSON_LIMIT) if path.endswith(".json") else read(place)

    return reader


def _bounds(root: str) -> str:
    """Name the folder that a profile can extend files in: its repository, or its own folder without one."""
    if os.path.exists(os.path.join(root, ".git")):
        return "the git repository"
    return "the folder of the profile, which is not in a git repository"


def _repository(folder: str) -> str:
    """Return the repository that a folder is in, else the folder."""
    here, above = folder, os.path.dirname(folder)
    while not os.path.exists(os.path.join(here, ".git")):
        if here == above:
            return folder
        here, above = above, os.path.dirname(above)
    return here
