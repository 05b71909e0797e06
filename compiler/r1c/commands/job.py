"""What the user asked of `r1c compile`, and what compiling one profile came to."""

from __future__ import annotations

import os
from collections.abc import Sequence

from r1c.record import record


@record
class Options:
    """What the user asked for."""

    profiles: Sequence[str]
    output: str
    check: bool
    dry_run: bool
    force: bool
    strict: bool
    jobs: int | None

    @property
    def plain(self) -> bool:
        """Tell whether outputs are written as they come: what is up to date then needs no second look."""
        return not (self.check or self.dry_run or self.force or self.output == "-")


@record
class Job:
    """One profile to compile: its path, the name that a look at it gave, its bytes if they are read."""

    path: str
    name: str | None
    content: bytes | None


@record
class Outcome:
    """What compiling one profile came to: what to print on each stream, and whether all is well.

    `marks` are what its recipe owns (r1c.neighbours), empty if the profile is refused. It is small, as it may
    come from another process.
    """

    report: str = ""
    lines: tuple[str, ...] = ()
    stream: str = ""
    well: bool = True
    wrote: bool = False
    marks: tuple[int, ...] = ()


def directory(output: str, name: str) -> str:
    """Return an output directory as pathlib writes it, which is slow to import."""
    if ".." in output or os.name == "nt":
        from pathlib import Path

        return str(Path(output, name))
    return os.path.normpath(os.path.join(output, name))
