"""Results as they come -> the same results, and a count of them on the terminal while they take long."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from r1c.console import Console

Item = TypeVar("Item")

PATIENCE = 1.0
"""Seconds before anything is shown, and what is done sooner needs no bar."""
PAUSE = 0.1
"""Seconds from one count to the next."""
WIDTH = 30


def counted(items: Iterable[Item], total: int, console: Console) -> Iterator[Item]:
    """Pass the items on; after a second show how many there were, on standard error if it is a terminal."""
    if console.quiet or not sys.stderr.isatty():
        yield from items
        return
    shown = time.monotonic() - PAUSE + PATIENCE
    drawn = False
    try:
        for number, item in enumerate(items, start=1):
            if drawn:
                _clear()
                drawn = False
            yield item
            if time.monotonic() >= shown + PAUSE and number < total:
                filled = WIDTH * number // total
                sys.stderr.write(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {number} of {total}")
                sys.stderr.flush()
                shown, drawn = time.monotonic(), True
    finally:
        if drawn:
            _clear()


def _clear() -> None:
    """Remove the bar, so that a message or the shell's prompt has the line to itself."""
    sys.stderr.write("\r\x1b[K")
    sys.stderr.flush()
