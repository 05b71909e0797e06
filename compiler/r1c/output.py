"""Compares the files of one recipe with an output directory: what a compile would change, what is in its way.

A file is r1c's own when its sha256 is in the lock, or when it already holds what is to be written. Nothing
here writes, and no symbolic link inside the directory is followed.
"""

from __future__ import annotations

import enum
import hashlib
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from r1c import lock as locks
from r1c.diagnostics import Code, InternalError, Severity, UserError
from r1c.lock import Lock
from r1c.record import record

CONFLICT = Code(
    "R1C901",
    "output-in-the-way",
    Severity.ERROR,
    "Something in the output directory is not r1c's to overwrite",
    "A hand-made edit or a file that someone added would be lost without a word.",
    "",
    "Move the change into the profile and remove the file, or give --force.",
)
SAME_NAME = Code(
    "R1C902",
    "same-output",
    Severity.ERROR,
    "Two profiles of one run have the same output directory",
    "The second would overwrite the first, and every later compile would change the output again.",
    "",
    "Give each recipe a metadata.name of its own.",
)


class Kind(enum.StrEnum):
    """What stands in the way of a file that r1c is to write; `force` overrides the first four."""

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
    """One thing in the way: its path in the output directory ("." for the directory), why, what to do."""

    path: str
    kind: Kind
    reason: str
    help: str


Seen = str | Conflict | None
"""What stands at a path: the sha256 of a regular file, something in the way, or nothing."""


@record
class Changes:
    """What writing would do to `target`, as sorted paths with the lock's own among them; made by `inspect`.

    `removed` are r1c's own files that the recipe no longer has; `kept` are those of them that someone edited:
    they stay, and are worth a note. `leftovers` are temporary files of a killed compile. `contents` is what
    is to be written, and `seen` what stood at each path, those of the previous lock included.
    """

    target: Path
    contents: Mapping[str, bytes]
    lock: Lock
    previous: Lock | None
    seen: Mapping[str, Seen]
    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def interrupted(self) -> bool:
        """Tell whether an earlier compile was killed while it wrote."""
        return bool(self.leftovers or (self.previous and self.previous.pending))

    @property
    def clean(self) -> bool:
        """Tell whether the disk holds exactly what a compile would leave there."""
        changed = self.created or self.updated or self.removed or self.conflicts
        return not changed and not self.interrupted

    def standing(self, *, force: bool) -> tuple[Conflict, ...]:
        """Return the conflicts that keep `write` from writing."""
        return tuple(c for c in self.conflicts if not (force and c.kind in FORCEABLE))


def inspect(target: Path, files: Mapping[str, bytes], *, recipe: str, profile: str, r1c: str) -> Changes:
    """Compare `files` with what stands in `target`, and write nothing; the other arguments are for the lock.

    Raises UserError if something there cannot be read.
    """
    unsafe = [path for path in files if not locks.is_safe(path) or path == locks.NAME]
    if unsafe:
        raise InternalError(f"not a path for an output file: {unsafe[0]!r}")
    lock = Lock(recipe, profile, r1c, {path: _sha256(content) for path, content in sorted(files.items())})
    contents = {**files, locks.NAME: locks.to_bytes(lock)}
    try:
        root = _look_at_target(target)
        if root is not None:
            return Changes(target, contents, lock, None, {}, conflicts=(root,))
        return _compare(target, contents, lock)
    except OSError as error:
        raise UserError(f"{error.filename or target}: cannot be read: {error.strerror}") from error


def _compare(target: Path, contents: Mapping[str, bytes], lock: Lock) -> Changes:
    conflicts: dict[str, Conflict] = {}
    found: dict[str, list[str]] = {
        key: [] for key in ("created", "updated", "unchanged", "removed", "kept", "leftovers")
    }
    previous = _read_lock(target, lock.recipe)
    if isinstance(previous, Conflict):
        conflicts[previous.path] = previous
        previous = None
    before = {*previous.files, *previous.pending} if previous else set[str]()
    seen = {path: look(target, path) for path in sorted({*contents, *before})}
    for path, at in seen.items():
        own = previous.digests(path) if previous else frozenset[str]()
        content = contents.get(path)
        if content is None:
            if at is not None:
                found["removed" if at in own else "kept"].append(path)
        elif at is None:
            found["created"].append(path)
        elif isinstance(at, Conflict):
            conflicts.setdefault(at.path, at)
        elif at == _sha256(content):
            found["unchanged"].append(path)
        elif at in own or (path == locks.NAME and previous):
            found["updated"].append(path)
        else:
            conflicts.setdefault(path, _not_ours(path, previous, edited=bool(own)))
        left = look(target, temporary(path))
        if isinstance(left, str) or (left is not None and left.kind is Kind.LINK):
            found["leftovers"].append(temporary(path))
        elif left is not None and path in contents:
            conflicts.setdefault(left.path, left)
    return Changes(
        target,
        contents,
        lock,
        previous,
        seen,
        **{key: tuple(paths) for key, paths in found.items()},
        conflicts=tuple(conflicts[path] for path in sorted(conflicts)),
    )


def _read_lock(target: Path, recipe: str) -> Lock | Conflict | None:
    at = look(target, locks.NAME)
    if not isinstance(at, str):
        return at
    with _open(target / locks.NAME) as file:
        data = file.read(locks.LARGEST + 1)
    try:
        lock = locks.read(data)
    except locks.LockError as error:
        reason = str(error)
    else:
        if lock.recipe == recipe:
            return lock
        reason = f"it belongs to the recipe {lock.recipe}, not {recipe}"
    reason = f"r1c cannot use its lock: {reason}"
    return Conflict(
        locks.NAME, Kind.BAD_LOCK, reason, "restore it from version control, or write it anew with --force"
    )


def _not_ours(path: str, previous: Lock | None, *, edited: bool) -> Conflict:
    if edited:
        advice = "make the change in the profile or in an overlay, or overwrite the file with --force"
        return Conflict(path, Kind.EDITED, "someone edited this file after r1c wrote it", advice)
    advice = "move the file away, or overwrite it with --force"
    if previous:
        return Conflict(
            path, Kind.FOREIGN, "r1c is to write this file, but did not write the one that is there", advice
        )
    reason = f"without a usable {locks.NAME} r1c cannot tell whether it wrote the file that is there"
    return Conflict(path, Kind.FOREIGN, reason, advice)


def _look_at_target(target: Path) -> Conflict | None:
    advice = "move it away, or give another parent directory with -o"
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return Conflict(".", Kind.NOT_A_DIRECTORY, "a directory above the output directory is a file", advice)
    if stat.S_ISLNK(mode):
        reason = f"the output directory is a symbolic link, to {target.readlink()}"
        return Conflict(".", Kind.LINK_OUTSIDE, reason, "give the parent of the real directory with -o")
    if not stat.S_ISDIR(mode):
        return Conflict(".", Kind.NOT_A_DIRECTORY, "a file stands where the output directory belongs", advice)
    return None


def look(target: Path, path: str) -> Seen:
    """Return what stands at `path`, or at the first of its parents that is no plain directory."""
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        here = "/".join(parts[:count])
        last = count == len(parts)
        try:
            mode = (target / here).lstat().st_mode
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(mode):
            return _link(target, here, file=last)
        if stat.S_ISDIR(mode) and last:
            return Conflict(here, Kind.DIRECTORY, "a directory stands where a file belongs", "move it away")
        if not stat.S_ISDIR(mode) and not last:
            return Conflict(
                here, Kind.NOT_A_DIRECTORY, "a file stands where a directory belongs", "move it away"
            )
        if last and not stat.S_ISREG(mode):
            return Conflict(
                here, Kind.SPECIAL, "a pipe, socket or device stands where a file belongs", "move it away"
            )
    # The file may go meanwhile: `--check` looks without `exclusive`.
    with suppress(FileNotFoundError), _open(target / path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return None


def _link(target: Path, here: str, *, file: bool) -> Conflict:
    place = target / here
    reason = (
        f"a symbolic link, to {place.readlink()}, stands where a {'file' if file else 'directory'} belongs"
    )
    # realpath and not Path.resolve, which raises on a link that leads to itself.
    if not Path(os.path.realpath(place)).is_relative_to(os.path.realpath(target)):
        return Conflict(
            here, Kind.LINK_OUTSIDE, f"{reason}, and leads out of the output directory", "remove the link"
        )
    if not file:
        return Conflict(here, Kind.LINKED_DIRECTORY, reason, "remove the link")
    return Conflict(here, Kind.LINK, reason, "remove the link, or put the file in its place with --force")


def temporary(path: str) -> str:
    """Return the path beside `path` at which its new bytes are written before they take its place."""
    parent, _, name = path.rpartition("/")
    return f"{parent}/.{name}.r1c-new".removeprefix("/")


def _open(place: Path) -> BufferedReader:
    """Open a regular file; O_NONBLOCK so that a pipe put there meanwhile cannot hold us for ever."""
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    return os.fdopen(os.open(place, flags), "rb")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
