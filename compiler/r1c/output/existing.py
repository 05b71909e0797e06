"""A path in an output directory -> what is there: a file's digest, an obstacle, or nothing."""

from __future__ import annotations

import enum
import hashlib
import os
import stat
from contextlib import suppress
from os.path import islink, join

from r1c.output.disk import open_file, read
from r1c.record import record

StrPath = str | os.PathLike[str]


class Kind(enum.StrEnum):
    """The obstacles to a file that r1c is to write; `force` overrides the first four."""

    EDITED = "edited"
    FOREIGN = "foreign"
    LINK = "link"
    BAD_LOCK = "bad-lock"
    LINK_OUTSIDE = "link-outside"
    LINKED_DIRECTORY = "linked-directory"
    DIRECTORY = "directory"
    NOT_A_DIRECTORY = "not-a-directory"
    SPECIAL = "special"


FORCEABLE = frozenset({Kind.EDITED, Kind.FOREIGN, Kind.LINK, Kind.BAD_LOCK})


@record
class Conflict:
    """An obstacle: its path in the output directory ("." for the directory), the reason, what to do."""

    path: str
    kind: Kind
    reason: str
    help: str


_PART = 1 << 16
"""Bytes that are read of a file at a time: most files of r1c are smaller."""

Seen = str | Conflict | None
"""What is at a path: the sha256 of a regular file, an obstacle, or nothing."""


def look_at_root(target: str) -> Conflict | None:
    """Return the obstacle to an output directory, or None; a missing directory is fine."""
    advice = "move it away, or give another parent directory with -o"
    try:
        mode = os.lstat(target).st_mode
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return Conflict(".", Kind.NOT_A_DIRECTORY, "a directory above the output directory is a file", advice)
    if stat.S_ISLNK(mode):
        reason = f"the output directory is a symbolic link to {os.readlink(target)}"
        return Conflict(".", Kind.LINK_OUTSIDE, reason, "give the parent of the real directory with -o")
    if not stat.S_ISDIR(mode):
        return Conflict(".", Kind.NOT_A_DIRECTORY, "the output directory is a file", advice)
    return None


def may_have(root: str, path: str, listed: dict[str, frozenset[str] | None]) -> bool:
    """Tell whether to look at a path: false only if there is nothing, however the disk treats case.

    Each directory is listed once, into `listed`; most files of a new output are then known not to be there.
    """
    parent, _, name = path.rpartition("/")
    if parent not in listed:
        listed[parent] = _names(root, parent)
    names = listed[parent]
    return names is None or name.casefold() in names


def _names(root: str, directory: str) -> frozenset[str] | None:
    """Return the names in a directory; None if a link leads to it, or where it cannot be listed."""
    parts = directory.split("/") if directory else []
    try:
        if any(islink(join(root, *parts[:count])) for count in range(1, len(parts) + 1)):
            return None
        return frozenset([name.casefold() for name in os.listdir(join(root, directory))])
    except FileNotFoundError:
        return frozenset()
    except OSError:
        return None


def look(target: StrPath, path: str) -> Seen:
    """Return what is at `path`, or at the first of its parents that is not a plain directory."""
    root = os.fspath(target)
    end = -1
    while end < len(path):
        end = path.find("/", end + 1)
        end = len(path) if end < 0 else end
        here, last = path[:end], end == len(path)
        try:
            mode = os.lstat(join(root, here)).st_mode
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(mode):
            return _link(root, here, file=last)
        if stat.S_ISDIR(mode) and last:
            return Conflict(here, Kind.DIRECTORY, "expected a file, found a directory", "move it away")
        if not stat.S_ISDIR(mode) and not last:
            return Conflict(here, Kind.NOT_A_DIRECTORY, "expected a directory, found a file", "move it away")
        if last and not stat.S_ISREG(mode):
            return Conflict(
                here, Kind.SPECIAL, "expected a file, found a pipe, socket or device", "move it away"
            )
    # The file may go meanwhile: `--check` looks without `exclusive`.
    with suppress(FileNotFoundError), open_file(join(root, path)) as file:
        # hashlib.file_digest would fill 256 KiB with zeros for each file.
        digest = hashlib.sha256()
        while part := file.read(_PART):
            digest.update(part)
        return digest.hexdigest()
    return None


def _link(root: str, here: str, *, file: bool) -> Conflict:
    place = join(root, here)
    kind = "file" if file else "directory"
    reason = f"expected a {kind}, found a symbolic link to {os.readlink(place)}"
    # realpath and not Path.resolve, which raises on a link that leads to itself.
    inside = join(os.path.realpath(root), "")
    if not join(os.path.realpath(place), "").startswith(inside):
        return Conflict(here, Kind.LINK_OUTSIDE, f"{reason}, outside the output directory", "remove the link")
    if not file:
        return Conflict(here, Kind.LINKED_DIRECTORY, reason, "remove the link")
    return Conflict(here, Kind.LINK, reason, "remove the link, or put the file in its place with --force")


def hidden(root: str, path: str) -> str | None:
    """Return the file that a .gitignore of r1c names and that is there; None for all other files.

    Without the .gitignore, the next `git add` would take it.
    """
    folder, _, name = path.rpartition("/")
    if name != ".gitignore":
        return None
    for line in read(join(root, path)).decode("utf-8", "replace").splitlines():
        named = f"{folder}{line}".removeprefix("/")
        if line.startswith("/") and os.path.lexists(join(root, named)):
            return named
    return None
