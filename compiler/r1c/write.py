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
from dataclasses import replace
from functools import partial
from pathlib import Path

from r1c import lock as locks
from r1c.diagnostics import UserError
from r1c.lock import Lock
from r1c.output import Changes, look, temporary

if sys.platform != "win32":
    import fcntl

Undo = list[Callable[[], None]]


@contextmanager
def exclusive(target: Path) -> Iterator[None]:
    """Make `target` and hold it against other compiles, waiting for them; `inspect` and `write` go inside.

    Raises UserError if it cannot be made. What stands there in place of a directory is `inspect`'s to report;
    on a file system without such locks (some network ones) nothing is held.
    """
    handle = None
    try:
        # FileExistsError and NotADirectoryError: a file or a link is in the way.
        with suppress(FileExistsError, NotADirectoryError):
            target.mkdir(parents=True, exist_ok=True)
        if sys.platform != "win32":
            handle = _open_directory(target)
    except OSError as error:
        raise UserError(f"{error.filename or target}: cannot be written: {error.strerror}") from error
    try:
        if sys.platform != "win32" and handle is not None:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        if sys.platform != "win32" and handle is not None:
            # Closing alone would not do where a process forked meanwhile holds the handle too.
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_UN)
            os.close(handle)


def write(changes: Changes, *, force: bool = False) -> None:
    """Make the disk what `changes` says; nothing at all is touched when it is so already.

    Raises UserError when a conflict stands (`Changes.standing`) or the disk refuses; the old tree is kept.
    """
    standing = changes.standing(force=force)
    if standing:
        raise UserError("\n".join(f"{changes.target / c.path}: {c.reason}; {c.help}" for c in standing))
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
    target = changes.target
    forced = [c.path for c in changes.conflicts if force]
    paths = sorted({*changes.created, *changes.updated, *forced} - {locks.NAME})
    touched = sorted({(target / path).parent for path in (*paths, *changes.removed, locks.NAME)})
    _refuse_read_only(touched)
    for path in changes.leftovers:
        (target / path).unlink(missing_ok=True)
    _make(target, undo)
    _expect(changes, locks.NAME)
    undo.append(_restorer(target / locks.NAME))
    if paths or changes.removed:
        _put(target / locks.NAME, locks.to_bytes(_journal(changes)))
        _sync(target)
    for directory in touched:
        _make(directory, undo)
    for path in paths:
        _expect(changes, path)
        undo.append(partial((target / temporary(path)).unlink, missing_ok=True))
        _fill(target / temporary(path), changes.contents[path])
    for path in paths:
        _expect(changes, path)
        undo.append(_restorer(target / path))
        (target / temporary(path)).replace(target / path)
    for path in changes.removed:
        _expect(changes, path)
        undo.append(_restorer(target / path))
        (target / path).unlink()
    _remove_empty(changes, undo)
    for directory in touched:
        _sync(directory)
    _put(target / locks.NAME, changes.contents[locks.NAME])
    _sync(target)


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
    return replace(changes.lock, files=files, pending=changes.lock.files)


def _refuse_read_only(directories: Iterable[Path]) -> None:
    for directory in directories:
        there = next(place for place in (directory, *directory.parents) if place.exists())
        if not os.access(there, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))


def _expect(changes: Changes, path: str) -> None:
    if look(changes.target, path) != changes.seen[path]:
        raise OSError(errno.EBUSY, "it changed while r1c was writing", str(changes.target / path))


def _make(directory: Path, undo: Undo) -> None:
    for place in (*reversed(directory.parents), directory):
        if not place.exists():
            undo.append(partial(_remove_if_empty, place))
            place.mkdir(exist_ok=True)


def _remove_empty(changes: Changes, undo: Undo) -> None:
    """Remove the directories that held r1c's stale files and nothing else, also those of a killed compile."""
    stale = (path for path in changes.seen if path not in changes.contents and path not in changes.kept)
    parents = {parent for path in stale for parent in Path(path).parents if parent.name}
    for parent in sorted(parents, key=lambda parent: len(parent.parts), reverse=True):
        place = changes.target / parent
        if place.is_dir() and not any(place.iterdir()):
            undo.append(partial(place.mkdir, exist_ok=True))
            place.rmdir()


def _remove_if_empty(place: Path) -> None:
    with suppress(OSError):
        place.rmdir()


def _restorer(place: Path) -> Callable[[], None]:
    """Return what brings back the file, the link or the nothing that is at `place` now; it can run twice."""
    try:
        status = place.lstat()
    except FileNotFoundError:
        return partial(place.unlink, missing_ok=True)
    if stat.S_ISLNK(status.st_mode):
        return partial(_restore_link, place, place.readlink())
    return partial(_restore_file, place, place.read_bytes(), status)


def _restore_link(place: Path, to: Path) -> None:
    if not place.is_symlink():
        place.unlink(missing_ok=True)
        place.symlink_to(to)


def _restore_file(place: Path, content: bytes, status: os.stat_result) -> None:
    if place.exists() and place.read_bytes() == content:
        return
    _put(place, content)
    place.chmod(stat.S_IMODE(status.st_mode))
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))


def _roll_back(undo: Undo) -> bool:
    """Undo in reverse, and tell whether all of it worked; if not, the journal, undone last, is left."""
    try:
        while undo:
            undo.pop()()
    except OSError:
        return False
    return True


def _put(place: Path, content: bytes) -> None:
    """Give `place` its new bytes at once: a reader sees the old file or the new one."""
    beside = place.with_name(temporary(place.name))
    try:
        _fill(beside, content)
        beside.replace(place)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _fill(place: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(place, flags, 0o644), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        error.filename = str(place)  # a failed write or fsync does not say of which file
        raise


def _sync(directory: Path) -> None:
    """Make the names in a directory last through a power cut, where the system can."""
    with suppress(OSError):
        handle = _open_directory(directory)
        if handle is not None:
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _open_directory(directory: Path) -> int | None:
    """Open a directory; None where a file, a link or nothing is in its place, and where the system cannot."""
    if sys.platform == "win32":
        return None
    try:
        return os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENOENT):
            return None
        raise
