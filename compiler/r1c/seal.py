"""A recipe that was compiled -> its seal, by which the next compile knows that nothing has to be done.

A seal is one digest, of all that the output depends on and of the output itself. Nothing in it is believed:
the digest is made again from what is there now, and where anything is in doubt, the recipe is compiled. So a
seal that is old, foreign or broken costs time and changes nothing. Few modules are imported here, as a
compile that has nothing to do imports no others.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from os.path import basename, dirname, join

from r1c.diagnostics import UserError
from r1c.digest import sha256
from r1c.lock import UNFINISHED, is_safe
from r1c.sizes import OUTPUT_LIMIT

FOLDER = ".r1c_cache"
"""The folder of the seals, beside the recipes' own; one file for each, with the recipe's name."""

_FORM = "r1c seal 3"
_LARGEST = 1 << 16
"""Bytes of a seal at most."""
_READING = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


def intact(
    output: str, name: str, file: str, raw: bytes, beside: Callable[[str], bytes]
) -> tuple[int, ...] | None:
    """Return the marks of a recipe that is as it was sealed: its profile `raw`, what that names, r1c, and the
    output; None if anything is not.
    """
    with suppress(OSError, UserError, ValueError):
        first, profile, digest, *rest, end = _read(join(output, FOLDER, name), _LARGEST).decode().split("\n")
        # The profile's own digest is in the other one too; alone, it tells at once of one that was edited.
        if first == _FORM and not end and profile == sha256(raw).hexdigest():
            asked = [line[2:] for line in rest if line[:2] == "< "]
            own = [line[2:] for line in rest if line[:2] == "> "]
            marks = [int(line[2:], 16) for line in rest if line[:2] == "= "]
            # A pipe in the place of a file would keep us waiting.
            plain = all(os.path.isfile(join(dirname(file), path)) for path in asked)
            if plain and len(asked) + len(own) + len(marks) == len(rest) and all(map(is_safe, own)):
                named = [(path, beside(path)) for path in asked]
                if digest == _digest(file, raw, named, _files(join(output, name), own), marks):
                    return tuple(marks)
    return None


def put(
    output: str,
    name: str,
    file: str,
    raw: bytes,
    *,
    named: Mapping[str, bytes],
    files: Mapping[str, str],
    marks: Sequence[int],
) -> None:
    """Seal a recipe: `named` are the files that its profile names, `files` the sha256 of each of its output,
    `marks` what it owns (r1c.neighbours).

    Where that cannot be written there is no seal, and no error.
    """
    if not all(path.isprintable() for path in named):
        return
    digest = _digest(file, raw, named.items(), sorted(files.items()), marks)
    lines = [_FORM, sha256(raw).hexdigest(), digest]
    lines += [f"< {path}" for path in named]
    lines += [f"> {path}" for path in sorted(files)]
    lines += [f"= {mark:x}" for mark in marks]
    # Writing is for those who have compiled, and have loaded what it takes.
    from r1c import disk

    folder = join(output, FOLDER)
    with suppress(OSError):
        _make(folder)
        disk.remove(join(folder, f".{name}{UNFINISHED}"))
        disk.put(join(folder, name), "\n".join([*lines, ""]).encode(), lasting=False)


def prune(output: str) -> None:
    """Remove the seals of recipes that are gone."""
    folder = join(output, FOLDER)
    with suppress(OSError, ValueError):
        for name in os.listdir(folder):
            gone = not name.startswith(".") and not os.path.isdir(join(output, name))
            if gone and _read(join(folder, name), _LARGEST).startswith(_FORM.encode()):
                os.unlink(join(folder, name))


@cache
def _r1c() -> bytes:
    """Return the digest of what else decides over the output: Python, r1c's own files, and the packages that
    are installed with it.
    """
    found = sha256(sys.version.encode())
    for place in sys.path:
        if place.endswith("-packages"):
            with suppress(OSError):
                about = sorted(name for name in os.listdir(place) if name.endswith(".dist-info"))
                found.update("\n".join(about).encode("utf-8", "surrogateescape"))
    found.update(repr(sorted(_below(dirname(os.path.abspath(__file__))))).encode())
    return found.digest()


def _below(folder: str) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield what git goes by, too, for each file: none can be written without one of these changing."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _below(entry.path)
            else:
                at = entry.stat()
                yield entry.path, at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino


def _digest(
    file: str,
    raw: bytes,
    named: Iterable[tuple[str, bytes]],
    files: Iterable[tuple[str, str]],
    marks: Iterable[int],
) -> str:
    parts = [_r1c(), basename(file).encode("utf-8", "surrogateescape"), raw]
    for path, content in named:
        parts += [b"<", path.encode(), content]
    for path, digest in files:
        parts += [b">", path.encode(), digest.encode()]
    parts += [b"%x" % mark for mark in marks]
    return sha256(b"".join([b"%d:%b" % (len(part), part) for part in parts])).hexdigest()


def _files(target: str, paths: list[str]) -> list[tuple[str, str]]:
    """Return the sha256 of files; ValueError where one is no plain file, or a killed compile left another."""
    folders = set[str]()
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent and parent not in folders:
            folders.add(parent)
            parent = parent.rpartition("/")[0]
    for folder in (target, *(join(target, path) for path in folders)):
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            raise ValueError(folder)
        if any(name.endswith(UNFINISHED) for name in os.listdir(folder)):
            raise ValueError(folder)
    return [(path, sha256(_read(join(target, path), OUTPUT_LIMIT)).hexdigest()) for path in paths]


def _read(place: str, most: int) -> bytes:
    """Return what is in a plain file; ValueError where it is none, or holds more."""
    handle = os.open(place, _READING)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise ValueError(place)
        content = os.read(handle, status.st_size + 1)
    finally:
        os.close(handle)
    if len(content) != status.st_size:
        raise ValueError(place)
    return content


def _make(folder: str) -> None:
    """Make the folder, with what keeps it out of git."""
    from r1c.disk import fill

    if not os.path.isdir(folder):
        os.mkdir(folder)
    if os.path.islink(folder):
        raise OSError(folder)
    ignore = join(folder, ".gitignore")
    if not os.path.lexists(ignore):
        with suppress(FileExistsError):  # another process was first
            fill(ignore, b"*\n")
