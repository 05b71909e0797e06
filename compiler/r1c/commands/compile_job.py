"""The options of `r1c compile`, one profile to compile, and the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from r1c.check.ownership import Owner
from r1c.commands import inputs
from r1c.record import record

if TYPE_CHECKING:
    from r1c.repository.read import Repository


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
    """One profile to compile: its path and repository, and its name and bytes if they were read."""

    path: str
    repository: Repository | None
    name: str | None
    content: bytes | None


def content_of(job: Job) -> bytes:
    """Return the bytes of a profile; raises UserError."""
    return inputs.read(job.path) if job.content is None else job.content


def name_of(job: Job) -> str:
    """Return the metadata.name of a profile; an empty string where it has none, and will be refused."""
    return inputs.name_of(job.repository, job.path, content_of(job))


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
