"""`r1c diff`: profiles, outputs on disk or a git revision -> what changes on the cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from r1c.commands import inputs, orphans
from r1c.commands.cluster import Cluster
from r1c.commands.compile_job import Job
from r1c.commands.console import Console
from r1c.commands.diff_inputs import Compared, Given, given, in_folder, on_disk, recipes
from r1c.diagnostics import UserError
from r1c.diagnostics.text import as_text
from r1c.difference import Difference, difference, report_text, side
from r1c.difference.matching import match
from r1c.difference.own_context import own_context
from r1c.difference.plan_of_output import any_plan
from r1c.difference.report_json import as_json
from r1c.difference.report_markdown import as_markdown
from r1c.output.orphan import Orphan
from r1c.record import record, replace

Form = Callable[[Sequence[Difference], Sequence[str]], str]
FORMS: Mapping[str, Form] = {"markdown": as_markdown, "json": as_json}
"""The formats other than text."""


@record
class Options:
    """The options of the command: one `new` at most, or with `rev` more to compare with their past.

    `output` is None where -o is not given.
    """

    old: str
    new: Sequence[str]
    rev: str | None
    output: str | None
    form: str
    live: bool = False
    snapshot: str | None = None
    kubectl: bool = False
    context: str | None = None


def run(console: Console, options: Options) -> int:
    """Print the differences; return 1 if there is one, or if a profile has errors and is left out.

    With --live and no cluster to read, print the commands that write a snapshot of it. Raises Refused if a
    profile that has to be read has errors: one of two to compare, or one to compare with the cluster.
    """
    cluster = _cluster(options)
    if options.live and not cluster.given:
        from r1c.commands.diff_live import commands

        console.result(commands(options.old, options.output))
        return 0
    compared = _compared(options, cluster)
    found, left_out = compared.differences, tuple(compared.refused)
    errors = [item for diagnostics in compared.refused.values() for item in diagnostics]
    console.report(as_text(errors, colour=console.colour()))
    if left_out and not found:
        return 1
    colour = console.colour() and sys.stdout is not None and sys.stdout.isatty()
    form = FORMS.get(options.form, partial(report_text.as_text, colour=colour))
    console.result(form(found, left_out))
    return 1 if left_out or any(item.entries for item in found) else 0


def _compared(options: Options, cluster: Cluster) -> Compared:
    if options.live:
        from r1c.commands.diff_live import with_cluster

        return Compared(tuple(with_cluster(options.old, options.output, cluster)), {})
    if options.rev is not None:
        from r1c.commands.diff_revision import since

        return since(options.rev, (options.old, *options.new), options.output)
    return _of_profiles(options) if options.new else _with_disk(options)


def _cluster(options: Options) -> Cluster:
    """Return the cluster to read; raises UserError for options that exclude each other."""
    cluster = Cluster(options.snapshot, options.context if options.kubectl else None, options.kubectl)
    cluster.refuse_both(options.context)
    if cluster.given and not options.live:
        raise UserError("--snapshot and --kubectl need --live")
    if options.live and (options.new or options.rev is not None):
        raise UserError("--live compares a profile with the cluster: remove NEW and --rev")
    return cluster


def _of_profiles(options: Options) -> Compared:
    if len(options.new) > 1:
        raise UserError("give OLD and one NEW, or --rev to compare all of them with a git revision")
    (after,) = options.new
    if Path(options.old).is_dir() != Path(after).is_dir():
        raise UserError(f"{options.old} and {after}: give two profiles, or two directories")
    old, new = (recipes(argument, options.output) for argument in (options.old, after))
    found = [
        in_folder(
            difference(
                side.of_plan(old[before], before.shown) if before else None,
                side.of_plan(new[after], after.shown) if after else None,
            ),
            (before, after),
        )
        for before, after in match(list(old), list(new))
    ]
    return Compared(tuple(found), {})


def _with_disk(options: Options) -> Compared:
    """Compare profiles with their outputs, and name the outputs that no profile creates any more."""
    profiles = given(options.old, options.output, orphans.without_recipes(options.output))
    return Compared(tuple(_outputs(options, profiles)), profiles.left_out)


def _outputs(options: Options, profiles: Given) -> Iterator[Difference]:
    new = profiles.recipes
    jobs = [
        Job(recipe.shown, inputs.repository(recipe.shown), recipe.name, None)
        for recipe in (*new, *profiles.refused)
    ]
    fresh = orphans.new_outputs([options.old], jobs, options.output)
    left: list[Orphan] = []
    before: dict[str, str] = {}
    for orphan in orphans.orphans([options.old], jobs, options.output):
        now = orphans.successor(orphan, jobs, fresh)
        target = orphans.target_of(now, options.output) if now else None
        if now is None or target is None or target in before:
            left.append(orphan)
        elif now.path in fresh:
            before[target] = orphan.target
        # else the output of the same recipe is in another place, too: the cluster has it once
    for recipe, plan in new.items():
        after = side.of_profile(plan, recipe.shown)
        past = on_disk(before.get(recipe.target, recipe.target), after, plan)
        yield in_folder(difference(past, after), (None, recipe))
    for orphan in left:
        gone = difference(on_disk(orphan.target, None, any_plan()), None)
        yield own_context(replace(gone, folder=orphan.folder)) if orphans.environments(options.old) else gone
