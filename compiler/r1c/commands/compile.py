"""`r1c compile`: profiles -> output directories, or a comparison with them, or one stream.

What compiles a profile is in commands/recipe.py, imported when there is one to compile: not while all that
was asked for is found to be up to date.
"""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from r1c import seal
from r1c.commands import inputs
from r1c.commands.job import Job, Options, Outcome, directory
from r1c.console import Console
from r1c.diagnostics import Diagnostic, UserError
from r1c.digest import FEW, expect_many
from r1c.neighbours import MARKS, suspects
from r1c.progress import counted
from r1c.recipe_name import recipe_name
from r1c.workers import spread

__all__ = ["Options", "run"]

AT_A_TIME = 2048
"""Profiles that are under way at most: what is in memory stays small, however many there are."""


def run(console: Console, options: Options) -> int:
    """Compile every profile that is right, also when another is wrong; return 1 if any is refused or
    differs.
    """
    if sum((options.check, options.dry_run, options.output == "-")) > 1:
        raise UserError("--check, --dry-run and -o - exclude each other")
    if not options.output:
        raise UserError("--output is empty; write a directory, or . for this one")
    paths = inputs.profiles(options.profiles)
    if len(paths) > FEW:
        expect_many()
    jobs = [_job(path, keep=len(paths) <= AT_A_TIME) for path in paths]
    # With --strict what is shared refuses a profile, so that it must be known before anything is written.
    shared = _shared(jobs, _marks(jobs, options.jobs)) if options.strict and len(jobs) > 1 else {}
    well = True
    wrote = False
    streams: list[str] = []
    owned = array("Q")
    for outcome in counted(_outcomes(jobs, options, shared, console), len(jobs), console):
        owned.extend(outcome.marks or (0,) * MARKS)
        console.report(outcome.report)
        if outcome.lines:
            console.note("\n".join(map(_shown, outcome.lines)))
        if outcome.stream:
            streams.append(outcome.stream)
        well = well and outcome.well
        wrote = wrote or outcome.wrote
    if len(jobs) > 1 and not options.strict:
        warnings = [item for found in _shared(jobs, owned).values() for item in found]
        if warnings:
            from r1c import render
            from r1c.source import ordered

            console.report(render.text(ordered(warnings), colour=console.colour()))
    console.result("---\n".join(streams))
    if wrote:
        seal.prune(options.output)
    return 0 if well else 1


def _shown(line: str) -> str:
    """Return a line that names files with nothing in it that a terminal acts on; a byte of a name that is not
    UTF-8, which Python keeps as half of a pair, is written as it is.
    """
    if line.isascii() and line.isprintable():
        return line
    from r1c.render import printable

    return "".join(char if "\udc80" <= char <= "\udcff" else printable(char) for char in line)


def _job(path: str, *, keep: bool) -> Job:
    """Read a profile as far as to its name; what is not kept is read again when its turn comes."""
    content = inputs.read(path)
    keep = keep or not os.path.isfile(path)
    return Job(path, recipe_name(content), content if keep else None)


def _outcomes(
    jobs: Sequence[Job], options: Options, shared: Mapping[str, list[Diagnostic]], console: Console
) -> Iterator[Outcome]:
    """Yield the outcomes in the order of the profiles, whatever the number of processes."""
    clashes = _clashes(jobs, options.jobs) if len(jobs) > 1 else {}
    for start in range(0, len(jobs), AT_A_TIME):
        some = jobs[start : start + AT_A_TIME]
        done = [
            None if inputs.shown(job.path) in shared else _up_to_date(job, options, clashes) for job in some
        ]
        left = [job for job, outcome in zip(some, done, strict=True) if outcome is None]
        results = _compiled(left, options, clashes, shared, console)
        for outcome in done:
            yield outcome or next(results)


def _up_to_date(job: Job, options: Options, clashes: Mapping[str, list[str]]) -> Outcome | None:
    """Return the outcome of a recipe for which there is nothing to do; None where that is not certain."""
    if not options.plain or job.name is None or job.name.casefold() in clashes:
        return None
    content = inputs.read(job.path) if job.content is None else job.content
    file = inputs.shown(job.path)
    marks = seal.intact(options.output, job.name, file, content, inputs.beside(file))
    if marks is None:
        return None
    return Outcome(lines=(f"{directory(options.output, job.name)}: unchanged",), marks=marks)


def _compiled(
    jobs: Sequence[Job],
    options: Options,
    clashes: Mapping[str, list[str]],
    shared: Mapping[str, list[Diagnostic]],
    console: Console,
) -> Iterator[Outcome]:
    if jobs:
        from r1c.commands.recipe import compiled

        work = partial(
            compiled,
            options=options,
            clashes=clashes,
            shared=shared,
            colour=console.colour(),
            verbose=console.verbose,
        )
        yield from spread(work, jobs, options.jobs)


def _clashes(jobs: Sequence[Job], asked: int | None) -> dict[str, list[str]]:
    """Return the output directories that several profiles have, with the profiles' files.

    Names that differ in case alone clash on the file systems of macOS and Windows. Only the profiles whose
    names may clash are analysed for it; the rest, nearly all, are read no further than to the name.
    """
    said = [job.name for job in jobs]
    counts = Counter(said)
    unsure = {index for index, name in enumerate(said) if name is None or counts[name] > 1}
    names: dict[int, str] = {}
    while missing := sorted(unsure - names.keys()):
        names |= zip(missing, _names([jobs[index] for index in missing], asked), strict=True)
        found = set(names.values())
        unsure |= {index for index, name in enumerate(said) if name in found}
    taken = Counter(name for name in names.values() if name)
    return {
        name: [inputs.shown(jobs[index].path) for index in sorted(names) if names[index] == name]
        for name, count in taken.items()
        if count > 1
    }


def _marks(jobs: Sequence[Job], asked: int | None) -> array[int]:
    """Return the marks of all profiles, zeros for one that is refused."""
    from r1c.commands.recipe import marks_of

    found = array("Q")
    for marks in spread(marks_of, jobs, asked):
        found.extend(marks or (0,) * MARKS)
    return found


def _shared(jobs: Sequence[Job], owned: array[int]) -> Mapping[str, list[Diagnostic]]:
    """Return the warnings about objects that several recipes own, by the name of the profile's file."""
    if not suspects(owned):
        return {}
    from r1c.commands.shared import diagnostics

    contents = {job.path: job.content for job in jobs if job.content is not None}
    found = diagnostics(
        [job.path for job in jobs], owned, lambda path: contents.get(path) or inputs.read(path)
    )
    return {inputs.shown(path): items for path, items in found.items()}


def _names(jobs: Sequence[Job], asked: int | None) -> Iterator[str]:
    from r1c.commands.recipe import name_of

    return spread(name_of, jobs, asked)
