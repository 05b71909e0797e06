"""The PROFILE arguments of a command -> the files to read, their bytes, and what is in them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from r1c import source
from r1c.diagnostics import UserError
from r1c.pipeline import ALONE, Checked, Context, analyse
from r1c.repository.find import FILE, find
from r1c.repository.place import profiles_of
from r1c.source import Document, extends
from r1c.source.extends import Composed, Reader
from r1c.source.input_file import JSON_LIMIT, STDIN, read, shown, whole

if TYPE_CHECKING:
    from r1c.check.rule import Rule
    from r1c.repository.read import Repository

__all__ = [
    "STDIN",
    "analysed",
    "analysed_in",
    "beside",
    "composed",
    "composed_in",
    "folder_of",
    "is_inside",
    "is_recipe",
    "name_of",
    "of_repository",
    "profiles",
    "read",
    "recipes_below",
    "repositories",
    "repository",
    "root",
    "shown",
    "whole",
]

SUFFIXES = (".yaml", ".yml")
_FORMAT = rb"(?m)^apiVersion:.*r1c\.dev/"
_RECIPE = rb"(?m)^kind:\s*[\"']?Recipe\b"
_KIND = rb"(?m)^kind:"
_REPOSITORY = rb"(?m)^kind:\s*[\"']?Repository\b"


def profiles(arguments: Sequence[str], empty: Callable[[str], bool] = lambda _: False) -> list[str]:
    """Return the profile files that the arguments name, each once, in order.

    A directory means every Recipe in it and below it; a file that is not a recipe is skipped there. `empty`
    tells whether a directory may be without a recipe, or not be there. Raises UserError for another one and
    for a path that does not exist, Refused for a faulty r1c.yaml.
    """
    found: dict[str, None] = {}
    for argument in arguments:
        if argument == STDIN:
            found[argument] = None
        elif os.path.isdir(argument):
            inside = list(recipes_below(argument))
            if not inside and not empty(argument):
                raise UserError(f"{argument}: no file in this directory is a recipe (kind: Recipe)")
            found |= dict.fromkeys(inside)
        elif os.path.exists(argument) or not empty(argument):
            found[os.path.normpath(argument)] = None
    repositories(found)
    return [path for path in found if not _is_second_name(path, found)]


def _is_second_name(path: str, found: Collection[str]) -> bool:
    """Tell whether a path is a link to another one of the same folder: the output would be the same.

    In another folder it is the profile of another environment.
    """
    if not os.path.islink(path):
        return False
    target = os.path.join(os.path.dirname(path), os.path.basename(os.path.realpath(path)))
    return target != path and target in found and os.path.realpath(target) == os.path.realpath(path)


def of_repository() -> str:
    """Return the folder of all profiles of the repository that the working directory is in.

    Raises UserError where no r1c.yaml says it, Refused for a faulty one.
    """
    found = find(FILE)
    if found is None:
        raise UserError(
            "name a profile or a directory of profiles; without one, r1c takes the profiles of the nearest "
            f"{FILE}, but there is none in this directory or above it"
        )
    return profiles_of(found)


def recipes_below(directory: str) -> Iterator[str]:
    """Yield the recipes of a directory in order; raises UserError."""
    for path in files_below(directory, SUFFIXES):
        if not _never_ends(path) and _says_recipe(read(path)):
            yield path


def files_below(directory: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield the paths in a directory with these endings in order; raises UserError."""
    try:
        for folder, folders, names in os.walk(directory, onerror=_refuse):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.normpath(os.path.join(folder, name))
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _never_ends(path: str) -> bool:
    """Tell whether a path exists and is not a regular file, such as a pipe or a device."""
    return os.path.exists(path) and not os.path.isfile(path)


def is_recipe(path: str, content: bytes) -> bool:
    """Tell whether a file below a directory would count as a recipe if it were on disk."""
    hidden = any(part.startswith(".") for part in path.split("/")[:-1])
    return not hidden and path.endswith(SUFFIXES) and _says_recipe(content)


def _says_recipe(content: bytes) -> bool:
    """Tell whether a file is a recipe; one of the format without a kind is there to be extended."""
    if re.search(_RECIPE, content):
        return True
    form = re.search(_FORMAT, content) and re.search(_KIND, content)
    return bool(form) and not re.search(_REPOSITORY, content)


def _refuse(error: OSError) -> None:
    raise error


def analysed(
    path: str,
    content: bytes | None = None,
    reader: Reader | None = None,
    rules: tuple[Rule, ...] = (),
) -> Checked:
    """Take a profile through the pipeline, with what its repository gives to it.

    `content` are its bytes, if they were read, and `reader` reads the files that it names, where `beside`
    does not; `rules` are more than r1c has. Raises UserError, and Refused for the repository's r1c.yaml.
    """
    raw = read(path) if content is None else content
    return analysed_in(repository(path), path, raw, reader, rules)


def analysed_in(
    repository: Repository | None,
    path: str,
    content: bytes,
    reader: Reader | None = None,
    rules: tuple[Rule, ...] = (),
) -> Checked:
    """Do as `analysed` where the repository of the profile is already known."""
    file, found = shown(path), _context(repository)
    context = Context(found.defaults, (*found.rules, *rules)) if rules else found
    return analyse(file, content, reader or beside(file), context)


def _context(found: Repository | None) -> Context:
    if found is None:
        return ALONE
    from r1c.repository.policy import context

    return context(found)


def composed(path: str, content: bytes) -> Composed:
    """Return a profile merged with what it inherits; it has to be usable YAML to mean anything."""
    return composed_in(repository(path), path, content)


def composed_in(
    repository: Repository | None, path: str, content: bytes, reader: Reader | None = None
) -> Composed:
    """Do as `composed` where the repository is already known; `reader` reads the files that it names."""
    return _composed(source.read(shown(path), content), repository, reader)


def _composed(document: Document, found: Repository | None, reader: Reader | None = None) -> Composed:
    reads = reader or beside(document.source.name)
    return extends.compose(document, reads, found.defaults if found else None)


def name_of(repository: Repository | None, path: str, content: bytes) -> str:
    """Return the metadata.name of a profile; an empty string where it has none, or cannot be read."""
    document = source.read(shown(path), content)
    if not document.usable:
        return ""
    metadata = _composed(document, repository).document.data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else ""


def repository(path: str) -> Repository | None:
    """Return the repository that a profile is in, None without an r1c.yaml; raises Refused and UserError."""
    return find(shown(path))


def repositories(paths: Iterable[str]) -> Mapping[str, Repository | None]:
    """Return the repository of each profile, looked up once for each folder; raises as `repository`."""
    folders = {path: os.path.dirname(shown(path)) for path in paths}
    found = {folder: find(os.path.join(folder, FILE)) for folder in dict.fromkeys(folders.values())}
    return {path: found[folder] for path, folder in folders.items()}


def folder_of(file: str) -> str:
    """Return the folder that a profile names files from: its own, and this one for standard input."""
    return "" if file in (STDIN, shown(STDIN)) else os.path.dirname(file)


def is_inside(file: str) -> bool:
    """Tell whether a path is a regular file that is, links followed, in the repository of its folder."""
    root = os.path.join(_repository(os.path.realpath(os.path.dirname(file))), "")
    return os.path.isfile(file) and os.path.realpath(file).startswith(root)


def beside(file: str) -> Callable[[str], bytes]:
    """Return what reads a file that a profile names by its path from it (from here, for standard input).

    Only files in the profile's git repository are read; without git in that of its r1c.yaml, else in its
    folder.
    """
    folder = folder_of(file)

    def reader(path: str) -> bytes:
        place = os.path.join(folder, path)
        plain = os.path.normpath(place)
        if os.path.realpath(plain) == os.path.realpath(place):  # not where .. follows a link
            place = plain
        root = os.path.join(_repository(os.path.realpath(folder)), "")
        if not os.path.join(os.path.realpath(place), "").startswith(root):
            alone = not any(os.path.exists(os.path.join(root, mark)) for mark in (".git", FILE))
            begin = f"run `git init` in a folder above both files, or put an {FILE} there" if alone else ""
            raise UserError(f"{path} is outside of {_bounds(root, folder)}", begin)
        if os.path.isdir(place):
            raise UserError(f"{path} is a folder")
        if _never_ends(place):
            raise UserError(f"{path} is not a regular file")
        return whole(place, JSON_LIMIT) if path.endswith(".json") else read(place)

    return reader


def root(folder: str) -> str:
    """Return the root of the repository that a folder is in, else the working directory, from here."""
    found = _repository(os.path.abspath(folder))
    marked = any(os.path.exists(os.path.join(found, mark)) for mark in (".git", FILE))
    return os.path.relpath(found) if marked else os.curdir


def _bounds(root: str, folder: str) -> str:
    """Name the folder that a profile can extend files in: its repository, or its own folder without one."""
    if os.path.exists(os.path.join(root, ".git")):
        return "the git repository"
    if os.path.exists(os.path.join(root, FILE)):
        return f"the folder of {FILE}, the root where there is no git repository"
    taken = "" if folder in ("", ".") else f" ({folder})"
    return (
        f"the folder of the profile{taken}, which is the root: neither .git nor {FILE} is in it or above it"
    )


def _repository(folder: str) -> str:
    """Return the root of the repository that a folder is in: with .git, or else r1c.yaml; else the folder."""
    for mark in (".git", FILE):
        here = folder
        while not os.path.exists(os.path.join(here, mark)) and here != os.path.dirname(here):
            here = os.path.dirname(here)
        if os.path.exists(os.path.join(here, mark)):
            return here
    return folder
