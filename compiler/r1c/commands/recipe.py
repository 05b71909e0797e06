"""One profile -> its output directory, or a comparison with it, or a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from os.path import join

from r1c import __version__, emit, render
from r1c.commands import inputs
from r1c.commands.job import Job, Options, Outcome
from r1c.diagnostics import Code, Diagnostic, UserError
from r1c.extends import compose
from r1c.lower import serving
from r1c.output import CONFLICT, SAME_NAME, Changes, inspect
from r1c.pipeline import analyse, build
from r1c.plan import Plan
from r1c.source import read
from r1c.standing import Conflict
from r1c.write import exclusive, write


def compiled(job: Job, options: Options, clashes: Mapping[str, Sequence[str]], *, colour: bool) -> Outcome:
    """Compile one profile; `clashes` are the names that several profiles have, with these."""
    file = inputs.shown(job.path)
    checked = analyse(file, _content(job), inputs.beside(file))
    report = partial(render.text, colour=colour)
    if checked.plan is None or checked.refused(strict=options.strict):
        return Outcome(report(checked.diagnostics), well=False)
    name = checked.plan.name
    if job.name is not None and name != job.name:
        raise UserError(f"{file}: it changed while r1c was reading it; compile again")
    if name in clashes:
        others = ", ".join(other for other in clashes[name] if other != file)
        message = f"the name {name} is also that of {others}"
        clash = _diagnostic(SAME_NAME, file, message, "give one of them another metadata.name")
        return Outcome(report((*checked.diagnostics, clash)), well=False)
    if options.output == "-":
        objects = [item for manifest in serving(checked.plan) for item in manifest.objects]
        build(checked.plan)
        return Outcome(report(checked.diagnostics), stream=emit.documents(objects))
    changes = _changes(checked.plan, options)
    standing = changes.standing(force=options.force)
    problems = tuple(_conflict(changes.target, conflict) for conflict in standing)
    said = report((*checked.diagnostics, *problems))
    if options.check:
        return Outcome(said, tuple(_differences(changes)), well=changes.clean)
    if standing:
        return Outcome(said, well=False)
    would = "would be " if options.dry_run else ""
    return Outcome(said, tuple(_summary(changes, would)))


def name_of(job: Job) -> str:
    """Return the metadata.name of a profile; an empty string where it has none, and will be refused."""
    file = inputs.shown(job.path)
    document = read(file, _content(job))
    if not document.usable:
        return ""
    metadata = compose(document, inputs.beside(file)).document.data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    return name if isinstance(name, str) else ""


def compiles(job: Job) -> bool:
    """Tell whether a profile has no errors."""
    file = inputs.shown(job.path)
    return analyse(file, _content(job), inputs.beside(file)).plan is not None


def _content(job: Job) -> bytes:
    return inputs.read(job.path) if job.content is None else job.content


def _changes(plan: Plan, options: Options) -> Changes:
    """Compare with the output directory, and write to it if that is asked for."""
    files = build(plan)
    target = join(options.output, plan.name)
    compare = partial(inspect, target, files, recipe=plan.name, profile=plan.digest, r1c=__version__)
    if options.check or options.dry_run:
        return compare()
    with exclusive(target):
        changes = compare()
        if not changes.standing(force=options.force):
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


def _summary(changes: Changes, would: str) -> Iterator[str]:
    words = (("created", changes.created), ("updated", changes.updated), ("removed", changes.removed))
    for word, paths in words:
        for path in paths:
            yield f"{would}{word}: {_shown(changes.target, path)}"
    for path in changes.kept:
        yield f"kept: {_shown(changes.target, path)} is no longer part of the recipe, but was edited by hand"
    if changes.clean:
        yield f"{changes.target}: unchanged"


def _shown(target: str, path: str) -> str:
    return join(target, path).replace(os.sep, "/").removesuffix("/.")


def _conflict(target: str, conflict: Conflict) -> Diagnostic:
    return _diagnostic(CONFLICT, _shown(target, conflict.path), conflict.reason, conflict.help)


def _diagnostic(code: Code, file: str, message: str, help_: str) -> Diagnostic:
    return Diagnostic(code.id, code.slug, code.severity, message, help_, file, None, "")
