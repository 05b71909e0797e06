"""One profile -> its output directory, or a comparison with it, or a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from os.path import join
from shlex import quote

from r1c import __version__, emit, neighbours, render, seal
from r1c.commands import inputs
from r1c.commands.job import Job, Options, Outcome, directory
from r1c.commands.shared import located, profile
from r1c.diagnostics import Code, Diagnostic, Finding, UserError
from r1c.lower import serving
from r1c.output import CONFLICT, SAME_NAME, Changes, inspect
from r1c.pipeline import Checked, analyse, build
from r1c.plan import Plan
from r1c.record import record
from r1c.source import ordered
from r1c.standing import Conflict, Kind
from r1c.write import exclusive, write

RUNBOOK = "RUNBOOK.md"


@record
class Analysed:
    """A profile that was read and checked, with what it names beside it."""

    file: str
    content: bytes
    named: Mapping[str, bytes]
    checked: Checked


def compiled(
    job: Job,
    options: Options,
    clashes: Mapping[str, list[str]],
    shared: Mapping[str, list[Diagnostic]],
    *,
    colour: bool,
    verbose: bool,
) -> Outcome:
    """Compile one profile.

    `clashes` are the names that several profiles have, with their files; `shared` is what is against writing
    those that share an object with others. Each file is named where `verbose` or a dry run asks for it, else
    the files are counted.
    """
    analysed = _analyse(job)
    checked, file = analysed.checked, analysed.file
    report = partial(render.text, colour=colour)
    if checked.plan is None or checked.refused(strict=options.strict):
        return Outcome(report(checked.diagnostics), well=False)
    name = checked.plan.name
    if job.name is not None and name != job.name:
        raise UserError(f"{file}: it changed while r1c was reading it; compile again")
    if name.casefold() in clashes:
        clash = _same_name(analysed, name, clashes[name.casefold()])
        return Outcome(report((*checked.diagnostics, clash)), well=False)
    marks = neighbours.marks(checked.plan)
    if file in shared:
        return Outcome(report(ordered((*checked.diagnostics, *shared[file]))), well=False)
    if options.output == "-":
        objects = [item for manifest in serving(checked.plan) for item in manifest.objects]
        build(checked.plan)
        return Outcome(report(checked.diagnostics), stream=emit.documents(objects), marks=marks)
    changes = _changes(analysed, checked.plan, options)
    standing = changes.standing(force=options.force)
    problems = tuple(_conflict(changes.target, conflict) for conflict in standing)
    said = report((*checked.diagnostics, *problems))
    if options.check:
        return Outcome(said, tuple(_differences(changes)), well=changes.clean, marks=marks)
    if standing:
        return Outcome(said, well=False, marks=marks)
    if options.dry_run:
        listed = (*_files(changes, "would be "), *_kept(changes), *_unchanged(changes))
        return Outcome(said, listed, marks=marks)
    done = _files(changes) if verbose else ()
    return Outcome(said, (*done, *_kept(changes), *_summary(changes)), wrote=True, marks=marks)


def name_of(job: Job) -> str:
    """Return the name of a profile's recipe as directories are compared; "" if the profile is refused."""
    plan = _analyse(job).checked.plan
    return plan.name.casefold() if plan else ""


def marks_of(job: Job) -> tuple[int, ...]:
    """Return what a profile's recipe owns, as numbers; none if the profile is refused."""
    plan = _analyse(job).checked.plan
    return neighbours.marks(plan) if plan else ()


def _same_name(analysed: Analysed, name: str, files: Sequence[str]) -> Diagnostic:
    """Return the diagnostic about a name that several profiles of a run have; one of the others is shown."""
    others = [other for other in files if other != analysed.file]
    message = f"the name {name} is also that of {others[0]}{neighbours.and_more(len(others) - 1)}"
    advice = (
        "give each recipe a metadata.name of its own, or compile them one by one, each with its own --output"
    )
    finding = Finding(("metadata", "name"), message, advice)
    document = profile(analysed.file, analysed.content)
    if not os.path.isfile(others[0]):
        return document.diagnostic(SAME_NAME, finding)
    return located(document, SAME_NAME, finding, profile(others[0], inputs.read(others[0])), finding.path)


def _analyse(job: Job) -> Analysed:
    file = inputs.shown(job.path)
    content = inputs.read(job.path) if job.content is None else job.content
    named: dict[str, bytes] = {}
    reader = inputs.beside(file)

    def noted(path: str) -> bytes:
        named[path] = reader(path)
        return named[path]

    return Analysed(file, content, named, analyse(file, content, noted))


def _changes(analysed: Analysed, plan: Plan, options: Options) -> Changes:
    """Compare with the output directory, write to it if that is asked for, and seal what is then there."""
    files = build(plan)
    target = directory(options.output, plan.name)
    about = {"recipe": plan.name, "profile": plan.digest, "r1c": __version__}
    compare = partial(inspect, target, files, **about, cluster=plan.cluster.identity)
    if options.check or options.dry_run:
        return compare()
    with exclusive(target):
        changes = compare()
        if changes.standing(force=options.force):
            return changes
        write(changes, force=options.force)
        if options.plain and not analysed.checked.diagnostics:
            sealed = (options.output, plan.name, analysed.file, analysed.content)
            marks = neighbours.marks(plan)
            seal.put(*sealed, named=analysed.named, files=changes.digests, marks=marks)
    return changes


def _differences(changes: Changes) -> Iterator[str]:
    words = (("missing", changes.created), ("differs", changes.updated), ("stale", changes.removed))
    for word, paths in words:
        for path in paths:
            yield f"{word}: {_shown(changes.target, path)}"
    if changes.interrupted:
        yield f"interrupted: {changes.target} was being written; compile again"
    if changes.clean:
        yield f"{changes.target}: up to date"


def _done(changes: Changes) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what is done to files, with their paths; files in the way are overwritten, or nothing is done."""
    yield "created", changes.created
    yield "updated", changes.updated
    yield "overwritten", tuple(conflict.path for conflict in changes.conflicts)
    yield "removed", changes.removed


def _files(changes: Changes, would: str = "") -> Iterator[str]:
    for word, paths in _done(changes):
        for path in paths:
            yield f"{would}{word}: {_shown(changes.target, path)}"


def _kept(changes: Changes) -> Iterator[str]:
    for path in changes.kept:
        yield f"kept: {_shown(changes.target, path)} is no longer part of the recipe, but was edited by hand"


def _unchanged(changes: Changes) -> Iterator[str]:
    if changes.clean:
        yield f"{changes.target}: unchanged"


def _summary(changes: Changes) -> Iterator[str]:
    """Count what was done to the files, and say after the first compile where the reader goes from here."""
    yield from _unchanged(changes)
    if changes.interrupted:
        yield f"{changes.target}: completed what an interrupted compile left"
    counts = [(word, len(paths)) for word, paths in _done(changes) if paths]
    if counts:
        (word, first), *others = counts
        files = f"{first} file{'' if first == 1 else 's'} {word}"
        said = ", ".join([files, *(f"{number} {word}" for word, number in others)])
        runbook = f"; next: read {_shown(changes.target, RUNBOOK)}" if RUNBOOK in changes.created else ""
        yield f"{changes.target}: {said}{runbook}"


def _shown(target: str, path: str) -> str:
    return join(target, path).replace(os.sep, "/")


def _conflict(target: str, conflict: Conflict) -> Diagnostic:
    place = _shown(target, "" if conflict.path == "." else conflict.path).rstrip("/")
    see = f"`git diff {quote(place)}` shows the edit; " if conflict.kind is Kind.EDITED else ""
    return _diagnostic(CONFLICT, place, conflict.reason, see + conflict.help)


def _diagnostic(code: Code, file: str, message: str, help_: str) -> Diagnostic:
    return Diagnostic(code.id, code.slug, code.severity, message, help_, file, None, "")
