"""A directory of outputs -> those that r1c wrote and no profile creates any more, and their removal.

Only what a lock proves to be r1c's own is removed: a file that someone edited or added stays.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from os.path import join

from r1c.diagnostics import Code, Severity, UserError
from r1c.output.disk import read, remove
from r1c.output.existing import hidden, look, look_at_root
from r1c.output.lock import LARGEST_LOCK, LOCK, Lock, LockError, read_lock
from r1c.output.write import exclusive
from r1c.record import record

ORPHANED = Code(
    "R1C904",
    "output-without-profile",
    Severity.WARNING,
    "Output without a profile",
    "The profile was renamed, moved or deleted. A tool that applies the directory, such as Argo CD or Flux, "
    "keeps applying it, and its nodes stay in use.",
    "",
    "Delete what it created in the cluster, then remove it with `r1c compile DIRECTORY --prune`.",
)


@record
class Orphan:
    """An output: its directory, its lock, and its folder below the directory that was searched."""

    target: str
    lock: Lock
    folder: str = ""


@record
class Content:
    """The files of an orphan by path: r1c's own and unedited, edited by someone, and added by someone.

    `hiding` are those of r1c's own that keep an added file out of git.
    """

    own: tuple[str, ...]
    edited: tuple[str, ...]
    added: tuple[str, ...]
    hiding: tuple[str, ...]


def outputs(parent: str, *, deep: bool, skip: Callable[[str], bool], folder: str = "") -> Iterator[Orphan]:
    """Yield every output of r1c in a directory, and below it if `deep` is set, in order.

    A directory counts if it has the lock of a recipe with its own name: a copy elsewhere is not an output.
    Those to `skip` are not read.
    """
    try:
        found = sorted(os.scandir(parent), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UserError(f"{parent}: cannot be read: {error.strerror}") from error
    for entry in found:
        if entry.name.startswith(".") or not entry.is_dir(follow_symlinks=False):
            continue
        target = join(parent, entry.name)
        if isinstance(look(target, LOCK), str):
            lock = None if skip(target) else _lock(target)
            if lock and lock.recipe == entry.name:
                yield Orphan(target, lock, folder)
        elif deep:
            below = f"{folder}/{entry.name}" if folder else entry.name
            yield from outputs(target, deep=True, skip=skip, folder=below)


def _lock(target: str) -> Lock | None:
    try:
        return read_lock(read(join(target, LOCK), LARGEST_LOCK + 1))
    except (LockError, OSError):
        return None


def content(orphan: Orphan) -> Content:
    """Return what is in the directory of an orphan; links and other special files count as added."""
    digests = orphan.lock.digests
    own, edited, added, hiding = [list[str]() for _ in range(4)]
    for path in _files(orphan.target):
        at = look(orphan.target, path)
        if path != LOCK and at is not None:
            ours = hiding if hidden(orphan.target, path) else own
            (added if not digests(path) else ours if at in digests(path) else edited).append(path)
    return Content(tuple(own), tuple(edited), tuple(added), tuple(hiding))


def _files(target: str) -> Iterator[str]:
    for folder, folders, names in os.walk(target):
        links = [name for name in folders if os.path.islink(join(folder, name))]
        folders[:] = sorted(name for name in folders if name not in links)
        for name in sorted((*names, *links)):
            yield os.path.relpath(join(folder, name), target).replace(os.sep, "/")


def prune(orphan: Orphan, parents: Collection[str]) -> Content:
    """Remove r1c's own unedited files of an orphan, and its lock last; return what was there.

    Directories that this leaves empty go too, up to one of `parents`. After a kill the lock is still there,
    and the next run goes on. Raises UserError.
    """
    in_the_way = look_at_root(orphan.target)
    if in_the_way:
        raise UserError(f"{orphan.target}: {in_the_way.reason}")
    try:
        with exclusive(orphan.target):
            there = content(orphan)
            for path in there.own:
                remove(join(orphan.target, path))
            remove(join(orphan.target, LOCK))
            for folder, _, _ in os.walk(orphan.target, topdown=False):
                _remove_if_empty(folder)
        above = os.path.dirname(orphan.target)
        while (
            above and above not in parents and not os.path.exists(orphan.target) and _remove_if_empty(above)
        ):
            above = os.path.dirname(above)
    except OSError as error:
        place = error.filename or orphan.target
        raise UserError(f"{place}: cannot be removed: {error.strerror}") from error
    return there


def _remove_if_empty(folder: str) -> bool:
    with suppress(OSError):
        os.rmdir(folder)
        return True
    return False
