"""The options of `r1c compile`, one profile to compile, and the outcome."""

from __future__ import annotations

from collections.abc import Sequence

from r1c.check.ownership import Owner
from r1c.record import record


@record
class Options:
    """The options of the command; `output` is None where -o is not given."""

    profiles: Sequence[str]
    output: str | None
    check: bool
    dry_run: bool
    force: bool
    prune: bool
    strict: bool
    jobs: int | None


@record
class Job:
    """One profile to compile: its path, its name if that was looked up, and its bytes if they were read."""

    path: str
    name: str | None
    content: bytes | None


@record
class Outcome:
    """The outcome of compiling one profile.

    What to print on each stream, whether it succeeded, and what its recipe owns, None if the profile is
    refused.
    """

    report: str = ""
    lines: tuple[str, ...] = ()
    stream: str = ""
    well: bool = True
    owner: Owner | None = None
