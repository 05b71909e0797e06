"""A path, or - for standard input -> the bytes there, as many as a limit allows."""

from __future__ import annotations

import os
import sys

from r1c.diagnostics import UserError
from r1c.record import record

STDIN = "-"

SIZE_LIMIT = 128 * 1024
"""Bytes. A recipe profile has about two thousand; a larger file is not one, and is not worth the time to
parse.
"""


@record
class Bounds:
    """The most that a YAML text may have, and what it is then: its bytes, and its values with their keys.

    Values that aliases repeat have a limit of their own, which is the same for all.
    """

    size: int
    values: int
    what: str


PROFILE = Bounds(SIZE_LIMIT, 20_000, "a profile")
MANIFEST = Bounds(8 * 1024 * 1024, 1_000_000, "a manifest")
"""A List of all workloads of a cluster, with what the API server adds to each, has about 10 KB for each."""
JSON_LIMIT = 16 * 1024 * 1024
"""Bytes of a JSON file that a profile names: the config.json of a model that lists how each of its modules is
quantised has a few million.
"""


def read(path: str, most: int = SIZE_LIMIT) -> bytes:
    """Return the bytes of a file or of standard input, at most `most` + 1.

    The extra byte shows that the file is too large. Raises UserError.
    """
    try:
        if path == STDIN:
            return _standard_input(most + 1)
        with open(path, "rb") as file:
            return file.read(most + 1)
    except IsADirectoryError as error:
        raise UserError(f"{path}: this is a directory; name one file") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error


def whole(path: str, most: int = SIZE_LIMIT) -> bytes:
    """Return a file's bytes, or standard input's. Raises UserError, also for more than `most` bytes."""
    content = read(path, most)
    if len(content) > most:
        raise UserError(f"{shown(path)}: {too_large(path, most)}")
    return content


def too_large(path: str, most: int) -> str:
    """Say that a file is larger than `most` bytes, with its size where it has one before it is read."""
    try:
        size = 0 if path == STDIN else os.stat(path).st_size
    except OSError:
        size = 0
    if size <= most:
        return f"larger than {most:,} bytes, the limit for such a file"
    return f"{size:,} bytes; the limit for such a file is {most:,}"


def _standard_input(most: int) -> bytes:
    file = sys.stdin.buffer
    try:
        waits = os.name == "nt" or os.get_blocking(file.fileno())
    except ValueError:
        waits = True  # not a file of the operating system
    if waits:
        return file.read(most)
    # Some CI runners hand over a pipe that does not wait for its writer.
    from select import select

    content = bytearray()
    while len(content) < most:
        select([file], [], [])
        more = file.read(most - len(content))
        if more == b"":
            break
        content += more or b""
    return bytes(content)


def shown(path: str) -> str:
    """Return the name of a file for messages."""
    return "<stdin>" if path == STDIN else path
