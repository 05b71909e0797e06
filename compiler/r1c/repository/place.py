"""A profile, its recipe's name and its repository -> the output directory: decided here for every command."""

from __future__ import annotations

import os
import posixpath
from os.path import join
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from r1c.repository.read import Repository

OUTPUT = "out"
"""The parent of the output directories where neither r1c.yaml nor -o names one."""


def output_of(repository: Repository | None, profile: str, name: str, parent: str | None) -> str:
    """Return the output directory of a recipe; `parent` is what -o says.

    Without r1c.yaml it is PARENT/NAME. With it, the folder of the profile below spec.profiles comes between.
    """
    return join(parent_of(repository, parent), folder_of(repository, profile), name)


def parent_of(repository: Repository | None, parent: str | None) -> str:
    """Return the directory that all outputs are in."""
    if parent is not None:
        return parent
    return _normal(join(repository.folder, repository.output)) if repository else OUTPUT


def profiles_of(repository: Repository) -> str:
    """Return the folder that all profiles are in."""
    return _normal(join(repository.folder, repository.profiles))


def folder_of(repository: Repository | None, profile: str) -> str:
    """Return the folder of a profile below spec.profiles; empty at its top and elsewhere."""
    if repository is None:
        return ""
    return below(repository, os.path.dirname(profile)) or ""


def below(repository: Repository, folder: str) -> str | None:
    """Return a folder's path below spec.profiles, empty for that folder itself, None for one elsewhere."""
    top = os.path.abspath(join(repository.folder, repository.profiles))
    found = os.path.relpath(os.path.abspath(folder), top).replace(os.sep, "/")
    if found == ".":
        return ""
    return None if found.split("/")[0] == ".." else found


def _normal(path: str) -> str:
    return posixpath.normpath(path.replace(os.sep, "/"))
