"""`r1c compile`: profiles -> output directories, or a comparison with them, or one stream."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from r1c.commands import inputs
from r1c.commands.job import Job, Options
from r1c.commands.recipe import compiled, compiles, name_of
from r1c.console import Console
from r1c.diagnostics import UserError
from r1c.progress import counted
from r1c.record import replace
from r1c.workers import spread

__all__ = ["Options", "run"]


def run(console: Console, options: Options) -> int:
    """Compile every profile that is right, also when another is wrong; return 1 if any is refused or
    differs.
    """
    if sum((options.check, options.dry_run, options.output == "-")) > 1:
        raise UserError("--check, --dry-run and -o - exclude each other")
    jobs = [_job(path) for path in inputs.profiles(options.profiles)]
    if len(jobs) > 1:
        names = spread(name_of, jobs, options.jobs)
        jobs = [replace(job, name=name) for job, name in zip(jobs, names, strict=True)]
    work = partial(compiled, options=options, clashes=_clashes(jobs), colour=console.colour())
    well = True
    streams: list[str] = []
    for outcome in counted(spread(work, jobs, options.jobs), len(jobs), console):
        console.report(outcome.report)
        if outcome.lines:
            console.note("\n".join(outcome.lines))
        if outcome.stream:
            streams.append(outcome.stream)
        well = well and outcome.well
    console.result("---\n".join(streams))
    return 0 if well else 1


def _job(path: str) -> Job:
    """Return the job of a profile; what can be read only once, such as standard input, is read now."""
    return Job(path, None, None if os.path.isfile(path) else inputs.read(path))


def _clashes(jobs: Sequence[Job]) -> Mapping[str, Sequence[str]]:
    """Return the names that several profiles without errors have, with the files of these."""
    named: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        if job.name:
            named[job.name].append(job)
    several = {name: filter(compiles, same) for name, same in named.items() if len(same) > 1}
    files = {name: [inputs.shown(job.path) for job in same] for name, same in several.items()}
    return {name: found for name, found in files.items() if len(found) > 1}
