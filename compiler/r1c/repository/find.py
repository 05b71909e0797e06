"""A profile's path -> the r1c.yaml of its repository: the nearest one above it, inside its git repository."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from os.path import join
from typing import TYPE_CHECKING

from r1c.source import input_file

if TYPE_CHECKING:
    from r1c.repository.read import Repository

FILE = "r1c.yaml"


def find(profile: str) -> Repository | None:
    """Return the repository that a profile is in, None without an r1c.yaml. Raises Refused and UserError."""
    name = nearest(profile)
    return parsed(name, input_file.whole(name), os.path.dirname(name)) if name else None


def nearest(profile: str, exists: Callable[[str], bool] = os.path.isfile) -> str | None:
    """Return the path of the r1c.yaml for a profile, relative if the profile's is.

    `exists` tells whether a path is a file.
    """
    folder = os.path.dirname(profile)
    here = os.path.abspath(folder)
    while True:
        place = join(here, FILE)
        if exists(place):
            return place if os.path.isabs(folder) else os.path.relpath(place).replace(os.sep, "/")
        above = os.path.dirname(here)
        if above == here or os.path.exists(join(here, ".git")):
            return None
        here = above


@lru_cache(maxsize=8)
def parsed(name: str, raw: bytes, folder: str) -> Repository:
    """Return what an r1c.yaml says; many profiles have the same one. Raises Refused."""
    from r1c.repository.read import read

    return read(name, raw, folder)
