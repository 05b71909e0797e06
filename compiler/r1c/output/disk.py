"""Reads and writes single files of an output directory: each is whole at every moment, and no link."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from io import BufferedReader
from os.path import join

UNFINISHED = ".r1c-new"
"""Ending of the name of a temporary file, which is next to its final place."""

LARGEST_OUTPUT = 1 << 20
"""Maximum number of bytes read of an output file: files of r1c are smaller."""


def temporary(path: str) -> str:
    """Return the path next to `path` where its new bytes are written before they replace it."""
    parent, _, name = path.rpartition("/")
    return f"{parent}/.{name}{UNFINISHED}".removeprefix("/")


def put(place: str, content: bytes, *, lasting: bool, mode: int | None = None) -> None:
    """Replace the bytes of `place` atomically: a reader sees the old file or the new one.

    `mode` are the permissions of the new file.
    """
    parent, name = os.path.split(place)
    beside = join(parent, temporary(name))
    try:
        fill(beside, content, lasting=lasting)
        if mode is not None:
            os.chmod(beside, mode)
        os.replace(beside, place)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(beside)
        if isinstance(error, OSError) and not isinstance(error, FileExistsError):
            error.filename = place  # the user named this file, not the temporary one
        raise


def fill(place: str, content: bytes, *, lasting: bool = False) -> None:
    """Make a new file; `lasting` forces it to the disk. Raises OSError, with the file's name."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(place, flags, 0o644)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(handle, left) :]
            if lasting:
                os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        error.filename = place  # a failed write or fsync does not say of which file
        raise


def sync(directory: str) -> None:
    """Make the names in a directory last through a power cut, where the system can."""
    with suppress(OSError):
        handle = open_directory(directory)
        if handle is not None:
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def open_directory(directory: str) -> int | None:
    """Open a directory; None if a file, a link or nothing is in its place, and where the system cannot."""
    if sys.platform == "win32":
        return None
    try:
        return os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENOENT):
            return None
        raise


def open_file(place: str) -> BufferedReader:
    """Open a regular file for reading. A link is refused, and a pipe that was put there does not block."""
    flags = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
    return os.fdopen(os.open(place, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in flags)), "rb")


def read(place: str, most: int = -1) -> bytes:
    """Return the bytes of a regular file, all or the first `most`."""
    with open_file(place) as file:
        return file.read(most)


def remove(place: str) -> None:
    """Remove a file or a link, if it is there."""
    with suppress(FileNotFoundError):
        os.unlink(place)
