"""One profile -> its output directory, or a comparison with it, or a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from os.path import join
from shlex import quote

from r1c import __version__
from r1c.check import ownership
from r1c.check.ownership import Owner
from r1c.commands import inputs
from r1c.commands.across_recipes import located, profile
from r1c.commands.compile_job import Job, Options, Outcome, content_of
from r1c.diagnostics import Code, Diagnostic, Finding, UserError
from r1c.diagnostics.suggest import counted
from r1c.diagnostics.text import as_text
from r1c.emit.yaml import documents
from r1c.lower import stream
from r1c.output.changes import CONFLICT, SAME_NAME, Changes, inspect
from r1c.output.existing import Conflict, Kind, hidden
from r1c.output.write import exclusive, write
from r1c.pipeline import Checked, build
from r1c.profile.paths import NAME
from r1c.record import record
from r1c.repository.place import output_of
from r1c.resolve.plan import Plan
from r1c.source import Document, ordered

RUNBOOK = "RUNBOOK.md"


@record
class Run:
    """What compiling one profile needs to know of the run.

    `clashes` are the output directories that several profiles have, with their files; `shared` is what is
    against writing those that share an object with others. Each file is named where `verbose` or a dry run
    asks for it, else the files are counted. `alone`: a single profile, whose recipe is described.
    """

    options: Options
    clashes: Mapping[str, Sequence[str]]
    shared: Mapping[str, Sequence[Diagnostic]]
    colour: bool
    verbose: bool
    alone: bool


def compiled(job: Job, run: Run) -> Outcome:
    """Compile one profile."""
    options = run.options
    file, raw = inputs.shown(job.path), content_of(job)
    checked = inputs.analysed_in(job.repository, job.path, raw)
    report = partial(as_text, colour=run.colour)
    if checked.plan is None or checked.refused(strict=options.strict):
        return Outcome(report(checked.diagnostics), well=False)
    name = checked.plan.name
    if job.name is not None and name != job.name:
        raise UserError(f"{file}: the file changed while r1c was reading it; compile again")
    target = target_of(job, name, options)
    if target.casefold() in run.clashes:
        clash = _same_name(job, profile(file, raw), name, run.clashes[target.casefold()])
        return Outcome(report((*checked.diagnostics, clash)), well=False)
    owner = ownership.owner(job.path, file, checked.plan)
    if file in run.shared:
        return Outcome(report(ordered((*checked.diagnostics, *run.shared[file]))), well=False)
    if options.output == "-":
        objects = stream(checked.plan)
        build(checked.plan)
        return Outcome(report(checked.diagnostics), stream=documents(objects), owner=owner)
    changes = _changes(checked.plan, target, options)
    blocking = changes.blocking(force=options.force)
    problems = tuple(_conflict(changes.target, conflict) for conflict in blocking)
    said = report((*checked.diagnostics, *problems))
    if options.check:
        return Outcome(said, tuple(_differences(changes)), well=changes.clean, owner=owner)
    if blocking:
        return Outcome(said, well=False, owner=owner)
    if options.dry_run:
        listed = (*_files(changes, "would be "), *_kept(changes), *_unchanged(changes))
        return Outcome(said, listed, owner=owner)
    done = _files(changes) if run.verbose else ()
    about = tuple(_about(file, checked.plan, target)) if run.alone else ()
    return Outcome(said, (*done, *_kept(changes), *_summary(changes, alone=run.alone), *about), owner=owner)


def target_of(job: Job, name: str, options: Options) -> str:
    """Return the output directory of a profile; its name for a stream, where names must differ."""
    if options.output == "-":
        return name
    return output_of(job.repository, inputs.shown(job.path), name, options.output)


def compiles(job: Job) -> bool:
    """Tell whether a profile has no errors."""
    return _analysed(job).plan is not None


def owner_of(job: Job) -> Owner | None:
    """Return what the recipe of a profile owns; None if the profile is refused."""
    file = inputs.shown(job.path)
    plan = _analysed(job).plan
    return ownership.owner(job.path, file, plan) if plan else None


def _analysed(job: Job) -> Checked:
    return inputs.analysed_in(job.repository, job.path, content_of(job))


def _same_name(job: Job, document: Document, name: str, files: Sequence[str]) -> Diagnostic:
    """Return the diagnostic about a name that several profiles of a run have; one of the others is shown."""
    own = document.source.name
    others = [other for other in files if other != own]
    message = f"the name {name} is also the name of {others[0]}{ownership.and_more(len(others) - 1)}"
    advice = (
        "give each recipe its own metadata.name, or compile them one at a time, each with its own --output"
    )
    if os.path.dirname(own) != os.path.dirname(others[0]) and job.repository is None:
        advice = (
            "for environments, write apiVersion: r1c.dev/v1alpha1 and kind: Repository into r1c.yaml at the "
            "root of the repository: each folder of profiles then has its own folder of outputs "
            "(docs/environments.md); or give each recipe its own metadata.name"
        )
    finding = Finding(NAME, message, advice)
    if not os.path.isfile(others[0]):
        return document.diagnostic(SAME_NAME, finding)
    return located(document, SAME_NAME, finding, profile(others[0], inputs.read(others[0])), finding.path)


def _changes(plan: Plan, target: str, options: Options) -> Changes:
    """Compare with the output directory, and write to it if that is asked for."""
    files = build(plan)
    about = {"recipe": plan.name, "profile": plan.digest, "r1c": __version__}
    compare = partial(inspect, target, files, **about, cluster=plan.cluster.identity)
    if options.check or options.dry_run:
        return compare()
    with exclusive(target):
        changes = compare()
        if not changes.blocking(force=options.force):
            write(changes, force=options.force)
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
        named = hidden(changes.target, path)
        why = f"it keeps {named} out of git" if named else "was edited by hand"
        yield f"kept: {_shown(changes.target, path)} is no longer part of the recipe, but {why}"


def _unchanged(changes: Changes) -> Iterator[str]:
    if changes.clean:
        yield f"{changes.target}: unchanged"


def _about(file: str, plan: Plan, target: str) -> Iterator[str]:
    """Say what the output serves, on which GPUs, and where the reader goes from here."""
    from r1c.picture import placement

    several = f"{plan.group.replicas} groups of " if plan.group.replicas > 1 else ""
    profile = "" if file.startswith("<") else f"; r1c plan {quote(file)} shows memory and limits"
    yield f"  serves  {plan.model.id} with vLLM {plan.server.version}"
    yield f"  on      {several}{placement.shape(plan)}; {plan.platform.gpu_model}"
    yield f"  next    {_shown(target, RUNBOOK)} has every command{profile}"


def _summary(changes: Changes, *, alone: bool) -> Iterator[str]:
    """Count what was done to the files, and say after the first compile where the reader goes from here."""
    yield from _unchanged(changes)
    if changes.interrupted:
        yield f"{changes.target}: completed an interrupted compile"
    counts = [(word, len(paths)) for word, paths in _done(changes) if paths]
    if counts:
        (word, first), *others = counts
        files = f"{counted(first, 'file')} {word}"
        said = ", ".join([files, *(f"{number} {word}" for word, number in others)])
        runbook = (
            f"; next: read {_shown(changes.target, RUNBOOK)}"
            if RUNBOOK in changes.created and not alone
            else ""
        )
        yield f"{changes.target}: {said}{runbook}"


def _shown(target: str, path: str) -> str:
    return join(target, path).replace(os.sep, "/").removesuffix("/.")


def _conflict(target: str, conflict: Conflict) -> Diagnostic:
    place = _shown(target, conflict.path)
    see = f"`git diff {quote(place)}` shows the edit; " if conflict.kind is Kind.EDITED else ""
    return _diagnostic(CONFLICT, place, conflict.reason, see + conflict.help)


def _diagnostic(code: Code, file: str, message: str, help_: str) -> Diagnostic:
    return Diagnostic(code.id, code.slug, code.severity, message, help_, file, None, "")
