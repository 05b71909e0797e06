"""Results -> the same results, with a progress bar on the terminal if they take long."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from r1c.commands.console import Console

Item = TypeVar("Item")

PATIENCE = 1.0
"""Seconds before the bar is shown: a shorter run does not need one."""
WIDTH = 30


def counted(items: Iterable[Item], total: int, console: Console) -> Iterator[Item]:
    """Pass the items on; after a second show how many there were, on standard error if it is a terminal.

    The bar is cleared before an item is passed on, so that a message about it has its own line.
    """
    if console.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield from items
        return
    shown = time.monotonic() + PATIENCE
    drawn = False
    try:
        for number, item in enumerate(items, start=1):
            if drawn:
                _clear()
                drawn = False
            yield item
            if number < total and time.monotonic() >= shown:
                _draw(number, total)
                drawn = True
    finally:
        if drawn:
            _clear()


def _draw(number: int, total: int) -> None:
    """Draw the bar, no wider than the terminal: what wraps could not be cleared."""
    count = f" {number} of {total}"
    width = max(0, min(WIDTH, _columns() - len(count) - 3))
    filled = width * number // total
    sys.stderr.write(f"\r[{'#' * filled}{'.' * (width - filled)}]{count}")
    sys.stderr.flush()


def _clear() -> None:
    sys.stderr.write("\r\x1b[K")
    sys.stderr.flush()


def _columns() -> int:
    """Return the width of the terminal; one that does not know its own has 80 columns."""
    return os.get_terminal_size(sys.stderr.fileno()).columns or 80
