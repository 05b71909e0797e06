"""Where a command writes: results, notes and diagnostics, each to its stream."""

from __future__ import annotations

import io
import os
import sys

from r1c.diagnostics import UserError


class Console:
    """What a command prints where.

    `quiet` drops everything but results and diagnostics, `verbose` names each file that is written and adds
    details to faults, `plain` turns colours off.
    """

    __slots__ = ("plain", "quiet", "verbose")

    def __init__(self) -> None:
        """Start with every setting off."""
        self.quiet = False
        self.verbose = False
        self.plain = False

    def colour(self) -> bool:
        """Tell whether diagnostics are coloured.

        They are on a terminal, unless the user or NO_COLOR turns colours off.
        """
        return not self.plain and not os.environ.get("NO_COLOR") and sys.stderr.isatty()

    def result(self, text: str) -> None:
        """Write a result to standard output; raises UserError if that is closed."""
        if text and sys.stdout is None:
            raise UserError("standard output is closed")
        if text:
            sys.stdout.write(text)

    def note(self, text: str) -> None:
        """Write a line about what was done to standard output, unless quiet."""
        if not self.quiet and sys.stdout is not None:
            sys.stdout.write(text + "\n")

    def report(self, text: str) -> None:
        """Write diagnostics to standard error."""
        sys.stderr.write(text)


def prepare() -> None:
    """Make the standard streams fit for use: results are UTF-8 with LF everywhere, whatever the locale says.

    A file name that is not UTF-8 is written as the bytes that it has. Where a stream is closed, its number is
    taken: the next file to be opened would get it, and what a child process says would go into that file.
    """
    while (spare := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(spare)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123  # open to the end
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
