"""`r1c compile`: profiles -> output directories, or a comparison with them, or one stream."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from r1c import __version__, emit, render
from r1c.commands import inputs
from r1c.console import Console
from r1c.diagnostics import Code, Diagnostic, UserError
from r1c.lower import serving
from r1c.output import CONFLICT, SAME_NAME, Changes, Conflict, inspect
from r1c.pipeline import Checked, analyse, build
from r1c.progress import counted
from r1c.record import record
from r1c.write import exclusive, write

WORTH_A_PROCESS = 32
"""Profiles for each worker process: fewer are done sooner than a process has started."""
HANDED_OUT = 32
"""The most profiles that a worker gets at a time: what is under way stays small, however many there are."""

_METADATA = re.compile(rb"^metadata:[ ]*(?:#.*)?\n((?:(?:[ ].*|[ ]*#.*|)\n)*)", re.MULTILINE)
_NAME = re.compile(rb"^( +)name: +([a-z][a-z0-9-]*)[ ]*(?:#.*)?$", re.MULTILINE)
_NOT_PLAIN = re.compile(rb"[^\n -~]|[\"'|>&*!{?]")


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


@record
class Outcome:
    """What compiling one profile came to: what to print on each stream, and whether all is well."""

    diagnostics: tuple[Diagnostic, ...] = ()
    lines: tuple[str, ...] = ()
    stream: str = ""
    well: bool = True


def run(console: Console, options: Options) -> int:
    """Compile every profile that is right, also when another is wrong; return 1 if any is refused or
    differs.
    """
    if sum((options.check, options.dry_run, options.output == "-")) > 1:
        raise UserError("--check, --dry-run and -o - exclude each other")
    paths = inputs.profiles(options.profiles)
    contents = [(inputs.shown(path), inputs.read(path)) for path in paths]
    well = True
    streams: list[str] = []
    for outcome in counted(_outcomes(contents, options), len(contents), console):
        console.report(render.text(outcome.diagnostics, colour=console.colour()))
        for line in outcome.lines:
            console.note(line)
        if outcome.stream:
            streams.append(outcome.stream)
        well = well and outcome.well
    console.result("---\n".join(streams))
    return 0 if well else 1


def _outcomes(contents: list[tuple[str, bytes]], options: Options) -> Iterator[Outcome]:
    """Yield the outcomes in the order of the profiles, whatever the number of processes."""
    clashes = _clashes(contents) if len(contents) > 1 else {}
    work = partial(_compile, options=options, clashes=clashes)
    jobs = min(options.jobs or max(1, len(contents) // WORTH_A_PROCESS), len(contents))
    jobs = jobs if options.jobs else min(jobs, os.cpu_count() or 1)
    if jobs == 1:
        yield from map(work, contents)
        return
    # What every worker needs is imported before the workers are forked from this process.
    from concurrent.futures import ProcessPoolExecutor

    from r1c import lower, verify  # noqa: F401

    chunk = min(HANDED_OUT, max(1, len(contents) // (jobs * 4)))
    # Ctrl-C goes to every process of a terminal: the workers finish the file that they write, and say
    # nothing. They are deaf to it from their first moment, because this process is while it makes them.
    deaf = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(jobs, initializer=signal.signal, initargs=deaf) as pool:
        before = signal.signal(*deaf)
        results = pool.map(work, contents, chunksize=chunk)
        signal.signal(signal.SIGINT, before)
        yield from results


def _clashes(contents: list[tuple[str, bytes]]) -> dict[str, list[str]]:
    """Return the output directories that several profiles have, with the profiles' files.

    Names that differ in case alone clash on the file systems of macOS and Windows. Only the profiles whose
    names may clash are analysed for it; the rest, nearly all, are read no further than to the name.
    """
    said = [_name(raw) for _, raw in contents]
    counts = Counter(said)
    unsure = {index for index, name in enumerate(said) if name is None or counts[name] > 1}
    names: dict[int, str] = {}
    while unsure - names.keys():
        for index in unsure - names.keys():
            file, raw = contents[index]
            plan = analyse(file, raw, inputs.beside(file)).plan
            names[index] = plan.name.casefold() if plan else ""
        found = set(names.values())
        unsure |= {index for index, name in enumerate(said) if name in found}
    taken = Counter(name for name in names.values() if name)
    return {
        name: [contents[index][0] for index in sorted(names) if names[index] == name]
        for name, count in taken.items()
        if count > 1
    }


def _name(raw: bytes) -> str | None:
    """Return the name in a profile that says it in the plainest way; None where a look is not enough."""
    sections = _METADATA.findall(raw)
    if len(sections) != 1 or _NOT_PLAIN.search(re.sub(rb"#.*", b"", raw)):
        return None
    first = re.search(rb"^ +(?=[^ #\n])", sections[0], re.MULTILINE)
    names = [name for indent, name in _NAME.findall(sections[0]) if first and indent == first[0]]
    return names[0].decode() if len(names) == 1 else None


def _compile(content: tuple[str, bytes], options: Options, clashes: dict[str, list[str]]) -> Outcome:
    file, raw = content
    checked = analyse(file, raw, inputs.beside(file))
    if checked.plan is None or checked.refused(strict=options.strict):
        return Outcome(checked.diagnostics, well=False)
    name = checked.plan.name
    if name.casefold() in clashes:
        others = ", ".join(other for other in clashes[name.casefold()] if other != file)
        message = f"the name {name} is also that of {others}"
        clash = _diagnostic(SAME_NAME, file, message, "give one of them another metadata.name")
        return Outcome((*checked.diagnostics, clash), well=False)
    if options.output == "-":
        objects = [item for manifest in serving(checked.plan) for item in manifest.objects]
        build(checked.plan)
        return Outcome(checked.diagnostics, stream=emit.documents(objects))
    return _write(checked, options)


def _write(checked: Checked, options: Options) -> Outcome:
    plan = checked.plan
    assert plan is not None
    files = build(plan)
    target = Path(options.output, plan.name)
    compare = partial(inspect, target, files, recipe=plan.name, profile=plan.digest, r1c=__version__)
    if options.check or options.dry_run:
        changes = compare()
    else:
        changes = compare()
        if not changes.clean and not changes.standing(force=options.force):
            with exclusive(target):
                changes = compare()
                if not changes.standing(force=options.force):
                    write(changes, force=options.force)
    standing = changes.standing(force=options.force)
    problems = tuple(_conflict(target, conflict) for conflict in standing)
    if options.check:
        return Outcome((*checked.diagnostics, *problems), tuple(_differences(changes)), well=changes.clean)
    if standing:
        return Outcome((*checked.diagnostics, *problems), well=False)
    would = "would be " if options.dry_run else ""
    return Outcome(checked.diagnostics, tuple(_summary(changes, would)))


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


def _shown(target: Path, path: str) -> str:
    return (target / path).as_posix()


def _conflict(target: Path, conflict: Conflict) -> Diagnostic:
    place = target.as_posix() if conflict.path == "." else _shown(target, conflict.path)
    return _diagnostic(CONFLICT, place, conflict.reason, conflict.help)


def _diagnostic(code: Code, file: str, message: str, help_: str) -> Diagnostic:
    return Diagnostic(code.id, code.slug, code.severity, message, help_, file, None, "")
