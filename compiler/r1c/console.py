"""Where a command writes: results, notes and diagnostics, each to its stream."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass


@dataclass(slots=True)
class Console:
    """How a command talks: quiet drops what is no result and no diagnostic, verbose adds what helps to find
    a fault.
    """

    quiet: bool = False
    verbose: bool = False
    plain: bool = False

    def colour(self) -> bool:
        """Tell whether diagnostics are coloured: on a terminal, unless the user or NO_COLOR says
        otherwise.
        """
        return not self.plain and not os.environ.get("NO_COLOR") and sys.stderr.isatty()

    def result(self, text: str) -> None:
        """Write a result to standard output."""
        sys.stdout.write(text)

    def note(self, text: str) -> None:
        """Write a line about what was done to standard output, unless quiet."""
        if not self.quiet:
            sys.stdout.write(text + "\n")

    def report(self, text: str) -> None:
        """Write diagnostics to standard error."""
        sys.stderr.write(text)
