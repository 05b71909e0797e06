"""Carries out the changes of an output directory: all of them or none, and safe against a kill at any moment.

The order is what makes it so: a lock whose `pending` lists what is to come, every new file beside its place,
then each moved into its place, stale files removed, and last the lock without `pending`.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from os.path import join

from r1c.diagnostics import UserError
from r1c.output.changes import Changes
from r1c.output.disk import fill, open_directory, put, read, remove, sync, temporary
from r1c.output.existing import StrPath, look
from r1c.output.lock import LOCK, Lock, lock_bytes

if sys.platform != "win32":
    import fcntl

Undo = list[Callable[[], None]]


@contextmanager
def exclusive(target: StrPath) -> Iterator[None]:
    """Make `target` and hold it against other compiles, waiting for them; `inspect` and `write` go inside.

    Raises UserError if it cannot be created. `inspect` reports an obstacle in the place of the directory;
    on a file system without such locks (some network ones) nothing is held.
    """
    handle = None
    above = _missing(os.fspath(target))
    try:
        # FileExistsError and NotADirectoryError: a file or a link is in the way.
        with suppress(FileExistsError, NotADirectoryError):
            try:
                os.mkdir(target)
            except FileNotFoundError:
                os.makedirs(target, exist_ok=True)
        if sys.platform != "win32":
            handle = open_directory(os.fspath(target))
    except OSError as error:
        raise UserError(f"{error.filename or target}: cannot be written: {error.strerror}") from error
    try:
        if sys.platform != "win32" and handle is not None:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    except BaseException:
        for directory in above:
            _remove_if_empty(directory)
        raise
    finally:
        if sys.platform != "win32" and handle is not None:
            # Closing alone would not do where a process forked meanwhile holds the handle too.
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_UN)
            os.close(handle)


def _missing(directory: str) -> list[str]:
    """Return the directories that must be created for this one, the deepest first."""
    missing = []
    while directory and not os.path.lexists(directory):
        missing.append(directory)
        directory = os.path.dirname(directory)
    return missing


def write(changes: Changes, *, force: bool = False) -> None:
    """Make the disk what `changes` says; nothing at all is touched when it is so already.

    Raises UserError if a conflict remains (`Changes.blocking`) or the disk refuses; the old tree is kept.
    """
    blocking = changes.blocking(force=force)
    if blocking:
        raise UserError("\n".join(f"{join(changes.target, c.path)}: {c.reason}; {c.help}" for c in blocking))
    if changes.clean:
        return
    undo: Undo = []
    try:
        _write(changes, force, undo)
    except BaseException as error:
        whole = _roll_back(undo)
        if isinstance(error, OSError):
            place = error.filename2 or error.filename or changes.target
            after = "is as it was" if whole else "is half written: compile again to complete it"
            raise UserError(f"{place}: cannot be written: {error.strerror}; the output {after}") from error
        raise


def _write(changes: Changes, force: bool, undo: Undo) -> None:
    root = changes.target
    forced = [c.path for c in changes.conflicts if force]
    paths = sorted({*changes.created, *changes.updated, *forced} - {LOCK})
    touched = sorted({os.path.dirname(join(root, path)) for path in (*paths, *changes.removed, LOCK)})
    _refuse_read_only(touched)
    for path in changes.leftovers:
        remove(join(root, path))
    _make(root, undo)
    place = join(root, LOCK)
    undo.append(_restorer(changes, LOCK))
    # r1c can make every file again, so none is forced to the disk. But what an earlier lock knows is known
    # nowhere else: were it lost in a power cut, the files that it lists would look like a person's.
    lasting = changes.seen[LOCK] is not None
    if paths or changes.removed:
        put(place, lock_bytes(_journal(changes)), lasting=lasting)
        if lasting:
            sync(root)
    for directory in touched:
        _make(directory, undo)
    for path in paths:
        beside = join(root, temporary(path))
        undo.append(partial(remove, beside))
        fill(beside, changes.contents[path])
    for path in paths:
        undo.append(_restorer(changes, path))
        os.replace(join(root, temporary(path)), join(root, path))
    for path in changes.removed:
        undo.append(_restorer(changes, path))
        os.unlink(join(root, path))
    _remove_empty(changes, undo)
    put(place, changes.contents[LOCK], lasting=lasting)


def _journal(changes: Changes) -> Lock:
    """Return the lock for the time of writing: it owns what r1c has there now, and what is to come.

    A file that `force` is to overwrite is not owned: after a kill it is still the person's, and named again.
    """
    files: dict[str, str] = {}
    if changes.previous:
        files = {**changes.previous.pending, **changes.previous.files}
        for path in files:
            at = changes.seen[path]
            if isinstance(at, str) and at in changes.previous.digests(path):
                files[path] = at
    lock = changes.lock
    return Lock(lock.recipe, lock.profile, lock.r1c, files, pending=lock.files, cluster=lock.cluster)


def _refuse_read_only(directories: Iterable[str]) -> None:
    for directory in directories:
        there = directory
        while there and not os.path.exists(there):
            there = os.path.dirname(there)
        if not os.access(
            there or ".", os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids
        ):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), there)


def _make(directory: str, undo: Undo) -> None:
    if directory and not os.path.exists(directory):
        _make(os.path.dirname(directory), undo)
        undo.append(partial(_remove_if_empty, directory))
        with suppress(FileExistsError):
            os.mkdir(directory)


def _remove_empty(changes: Changes, undo: Undo) -> None:
    """Remove the directories that held r1c's stale files and nothing else, also those of a killed compile."""
    stale = [path for path in changes.seen if path not in changes.contents and path not in changes.kept]
    parents = {path[:end] for path in stale for end, char in enumerate(path) if char == "/"}
    for parent in sorted(parents, key=lambda parent: parent.count("/"), reverse=True):
        place = join(changes.target, parent)
        if os.path.isdir(place) and not os.listdir(place):
            undo.append(partial(_make_again, place))
            os.rmdir(place)


def _make_again(place: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(place)


def _remove_if_empty(place: str) -> None:
    with suppress(OSError):
        os.rmdir(place)


def _restorer(changes: Changes, path: str) -> Callable[[], None]:
    """Return a function that restores what is at `path` now (a file, a link or nothing); it can run twice.

    Raises OSError if that is not what was there when the changes were found.
    """
    place = join(changes.target, path)
    if look(changes.target, path) != changes.seen[path]:
        raise OSError(errno.EBUSY, "it changed while r1c was writing", place)
    if changes.seen[path] is None:
        return partial(remove, place)
    status = os.lstat(place)
    if stat.S_ISLNK(status.st_mode):
        return partial(_restore_link, place, os.readlink(place))
    return partial(_restore_file, place, read(place), status)


def _restore_link(place: str, to: str) -> None:
    if not os.path.islink(place):
        remove(place)
        os.symlink(to, place)


def _restore_file(place: str, before: bytes, status: os.stat_result) -> None:
    if os.path.exists(place) and read(place) == before:
        return
    put(place, before, lasting=True)
    os.chmod(place, stat.S_IMODE(status.st_mode))
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))


def _roll_back(undo: Undo) -> bool:
    """Undo in reverse order, and tell whether all of it worked; if not, the journal, undone last, stays."""
    try:
        while undo:
            undo.pop()()
    except OSError:
        return False
    return True
