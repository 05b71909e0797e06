"""Compares the files of one recipe with an output directory: what a compile would change, what is in its way.

A file is r1c's own when its sha256 is in the lock, or when it already holds what is to be written, or the
beginning of that: files are not forced to the disk, and a power cut may leave them short. Nothing here
writes, and no symbolic link inside the directory is followed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from os.path import join

from r1c.diagnostics import Code, InternalError, Severity, UserError
from r1c.output.disk import read, temporary
from r1c.output.existing import FORCEABLE, Conflict, Kind, Seen, StrPath, hidden, look, look_at_root, may_have
from r1c.output.lock import LARGEST_LOCK, LOCK, Lock, LockError, is_safe, lock_bytes, read_lock
from r1c.record import record

CONFLICT = Code(
    "R1C901",
    "output-in-the-way",
    Severity.ERROR,
    "Output directory has files or changes that are not from r1c",
    "Writing would silently lose an edit or a file that someone added.",
    "",
    "Move the change into the profile and remove the file, or use --force.",
)
SAME_NAME = Code(
    "R1C902",
    "same-output",
    Severity.ERROR,
    "Two profiles have the same output directory",
    "The second would overwrite the first, and every later compile would change the output again.",
    "",
    "Give each recipe its own metadata.name.",
)


@record
class Changes:
    """What writing would do to `target`, as sorted paths with the lock's own among them; made by `inspect`.

    `removed` are r1c's own files that the recipe no longer has; `kept` are those of them that someone edited,
    or that keep a file out of git: they stay, and are worth a note. `leftovers` are temporary files of a
    killed compile. `contents` is what is to be written, `digests` the sha256 of each, and `seen` what stood
    at each path, those of the previous lock included.
    """

    target: str
    contents: Mapping[str, bytes]
    digests: Mapping[str, str]
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

    def blocking(self, *, force: bool) -> tuple[Conflict, ...]:
        """Return the conflicts that keep `write` from writing."""
        return tuple(c for c in self.conflicts if not (force and c.kind in FORCEABLE))


def inspect(  # noqa: PLR0913  # each is a field of the lock
    target: StrPath,
    files: Mapping[str, bytes],
    *,
    recipe: str,
    profile: str,
    r1c: str,
    cluster: Mapping[str, str],
) -> Changes:
    """Compare `files` with the content of `target`, and write nothing; the other arguments are for the lock.

    Raises UserError if something there cannot be read.
    """
    unsafe = [path for path in files if not is_safe(path) or path == LOCK]
    if unsafe:
        raise InternalError(f"not a path for an output file: {unsafe[0]!r}")
    digests = {path: _sha256(content) for path, content in sorted(files.items())}
    lock = Lock(recipe, profile, r1c, digests, cluster=cluster)
    contents = {**files, LOCK: lock_bytes(lock)}
    digests = {**digests, LOCK: _sha256(contents[LOCK])}
    root = os.fspath(target)
    try:
        in_the_way = look_at_root(root)
        if in_the_way is not None:
            return Changes(root, contents, digests, lock, None, {}, conflicts=(in_the_way,))
        return _compare(root, contents, digests, lock)
    except OSError as error:
        raise UserError(f"{error.filename or target}: cannot be read: {error.strerror}") from error


def _compare(root: str, contents: Mapping[str, bytes], digests: Mapping[str, str], lock: Lock) -> Changes:
    created, updated, unchanged, removed, kept, leftovers = [list[str]() for _ in range(6)]
    conflicts: dict[str, Conflict] = {}
    previous = _read_lock(root, contents[LOCK], lock)
    unusable = previous if isinstance(previous, Conflict) else None
    if isinstance(previous, Conflict):
        previous = None
    before = {*previous.files, *previous.pending} if previous else set[str]()
    listed: dict[str, frozenset[str] | None] = {}
    seen: dict[str, Seen] = {}
    for path in sorted({*contents, *before}):
        at = seen[path] = look(root, path) if may_have(root, path, listed) else None
        own = previous.digests(path) if previous else frozenset[str]()
        if path not in contents:
            if at is not None:
                (removed if at in own and not hidden(root, path) else kept).append(path)
        elif at is None:
            created.append(path)
        elif isinstance(at, Conflict):
            conflicts.setdefault(at.path, at)
        elif at == digests[path]:
            unchanged.append(path)
        elif at in own or (path == LOCK and previous) or _cut_short(root, path, contents[path]):
            updated.append(path)
        else:
            conflicts.setdefault(path, _not_ours(path, previous, edited=bool(own)))
        left = look(root, temporary(path)) if may_have(root, temporary(path), listed) else None
        if isinstance(left, str) or (left is not None and left.kind is Kind.LINK):
            leftovers.append(temporary(path))
        elif left is not None and path in contents:
            conflicts.setdefault(left.path, left)
    if unusable and (conflicts or LOCK not in updated):
        # If only a lock that was cut short needs repair, write it without asking.
        conflicts[unusable.path] = unusable
        updated = [path for path in updated if path != unusable.path]
    return Changes(
        root,
        contents,
        digests,
        lock,
        previous,
        seen,
        created=tuple(created),
        updated=tuple(updated),
        unchanged=tuple(unchanged),
        removed=tuple(removed),
        kept=tuple(kept),
        leftovers=tuple(leftovers),
        conflicts=tuple(conflicts[path] for path in sorted(conflicts)),
    )


def _read_lock(root: str, wanted: bytes, lock: Lock) -> Lock | Conflict | None:
    """Return the lock that is there, or why it cannot be used; `wanted` are the bytes of `lock`."""
    at = look(root, LOCK)
    if not isinstance(at, str):
        return at
    data = read(join(root, LOCK), LARGEST_LOCK + 1)
    if data == wanted:
        return lock
    try:
        previous = read_lock(data)
    except LockError as error:
        reason = str(error)
    else:
        if previous.recipe == lock.recipe:
            return previous
        reason = str(LockError(f"it belongs to the recipe {previous.recipe}, not {lock.recipe}"))
    reason = f"r1c cannot use its lock: {reason}"
    return Conflict(
        LOCK, Kind.BAD_LOCK, reason, "restore it from version control, or rewrite it with --force"
    )


def _cut_short(root: str, path: str, content: bytes) -> bool:
    """Tell whether a file holds only the beginning of its new content.

    A power cut leaves such files; on some file systems with their full length, and NUL bytes for what was
    lost. Nothing of anybody's is lost when the whole takes its place.
    """
    there = read(join(root, path), LARGEST_LOCK + 1)
    return len(there) <= LARGEST_LOCK and content.startswith(there.rstrip(b"\0"))


def _not_ours(path: str, previous: Lock | None, *, edited: bool) -> Conflict:
    if edited:
        advice = "make the change in the profile or in an overlay, or overwrite the file with --force"
        return Conflict(path, Kind.EDITED, "someone edited this file after r1c wrote it", advice)
    advice = "move the file away, or overwrite it with --force"
    if previous:
        return Conflict(
            path, Kind.FOREIGN, "r1c writes this file, but did not write the existing one", advice
        )
    reason = f"without a usable {LOCK} r1c cannot tell whether it wrote the existing file"
    return Conflict(path, Kind.FOREIGN, reason, advice)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
