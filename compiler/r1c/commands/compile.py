"""`r1c compile`: profiles -> output directories, or a comparison with them, or one stream."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from r1c.check.ownership import Owner
from r1c.commands import inputs, orphans
from r1c.commands.across_recipes import shared_objects
from r1c.commands.compile_job import Job, Options, name_of
from r1c.commands.compile_recipe import Run, compiled, compiles, owner_of, target_of
from r1c.commands.console import Console
from r1c.commands.progress import counted
from r1c.commands.worker_processes import spread
from r1c.diagnostics import Diagnostic, UserError
from r1c.diagnostics.text import as_text
from r1c.record import replace
from r1c.source import ordered

if TYPE_CHECKING:
    from r1c.repository.read import Repository

__all__ = ["Options", "run"]


def run(console: Console, options: Options) -> int:
    """Compile every profile without errors; return 1 if any is refused or differs."""
    if sum((options.check, options.dry_run, options.output == "-")) > 1:
        raise UserError("use only one of --check, --dry-run and -o -")
    if options.output == "":
        raise UserError("--output is empty; write a directory, or . for this one")
    if options.prune and (options.check or options.output == "-"):
        raise UserError("--prune removes outputs on disk: use it without --check and -o -")
    kept = orphans.parents(options.profiles, options.output) if options.prune else ()
    paths = inputs.profiles(options.profiles, orphans.without_recipes(options.output))
    jobs = [_job(path, repository) for path, repository in inputs.repositories(paths).items()]
    shared: Mapping[str, Sequence[Diagnostic]] = {}
    if len(jobs) > 1:
        names = spread(name_of, jobs, options.jobs)
        jobs = [replace(job, name=name) for job, name in zip(jobs, names, strict=True)]
        if options.strict:
            # What is shared refuses a profile then, so that it must be known before anything is written.
            shared = _shared(jobs, spread(owner_of, jobs, options.jobs))
    new = orphans.new_outputs(options.profiles, jobs, options.output)
    # Of a directory, only what was done is said: its recipes are not what the user just wrote.
    alone = list(options.profiles) == paths and len(jobs) == 1 and not console.quiet
    about = Run(options, _clashes(jobs, options), shared, console.colour(), console.verbose, alone)
    work = partial(compiled, run=about)
    well = True
    streams: list[str] = []
    owners: list[Owner | None] = []
    for outcome in counted(spread(work, jobs, options.jobs), len(jobs), console):
        console.report(outcome.report)
        if outcome.lines:
            console.note("\n".join(map(_shown, outcome.lines)))
        if outcome.stream:
            streams.append(outcome.stream)
        well = well and outcome.well
        owners.append(outcome.owner)
    if len(jobs) > 1 and not options.strict:
        warnings = [item for found in _shared(jobs, owners).values() for item in found]
        console.report(as_text(ordered(warnings), colour=console.colour()))
    console.result("---\n".join(streams))
    left = orphans.orphans(options.profiles, jobs, options.output) if options.output != "-" else []
    if left and options.prune and well:
        from r1c.commands.prune import pruned

        for orphan in left:
            console.note("\n".join(map(_shown, pruned(orphan, kept, options, verbose=console.verbose))))
    elif left:
        named = [
            orphans.diagnostic(item, orphans.successor(item, jobs, new), options.profiles, options.output)
            for item in left
        ]
        console.report(as_text(named, colour=console.colour()))
        well = well and not (options.check or options.strict)
    return 0 if well else 1


def _shown(line: str) -> str:
    """Return a line with file names in it, with control characters escaped.

    A byte of a name that is not UTF-8, which Python keeps as half of a pair, is written unchanged.
    """
    if line.isascii() and line.isprintable():
        return line
    from r1c.diagnostics.text import printable

    return "".join(char if "\udc80" <= char <= "\udcff" else printable(char) for char in line)


def _job(path: str, repository: Repository | None) -> Job:
    """Return the job of a profile; what can be read only once, such as standard input, is read now."""
    return Job(path, repository, None, None if os.path.isfile(path) else inputs.read(path))


def _clashes(jobs: Sequence[Job], options: Options) -> Mapping[str, Sequence[str]]:
    """Return the output directories that several profiles without errors have, with the files of these.

    Names that differ in case alone are one directory on the file systems of macOS and Windows.
    """
    named: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        if job.name:
            named[target_of(job, job.name, options).casefold()].append(job)
    several = {name: filter(compiles, same) for name, same in named.items() if len(same) > 1}
    files = {name: [inputs.shown(job.path) for job in same] for name, same in several.items()}
    return {name: found for name, found in files.items() if len(found) > 1}


def _shared(jobs: Sequence[Job], owners: Iterable[Owner | None]) -> Mapping[str, Sequence[Diagnostic]]:
    """Return the warnings about objects that several recipes own, by the profile's file."""
    contents = {job.path: job.content for job in jobs if job.content is not None}
    found = [one for one in owners if one]
    return shared_objects(found, lambda path: contents.get(path) or inputs.read(path))
