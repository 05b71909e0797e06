"""`r1c upgrade`: a profile and versions -> what the step changes, and the profile edited for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from r1c import facts, source
from r1c.check.rule import Rule
from r1c.commands import inputs, upgrade_data, upgrade_report
from r1c.commands.console import Console
from r1c.commands.new_profile import known_release
from r1c.commands.upgrade_data import Upgrade
from r1c.diagnostics import Refused, Replacement, UserError
from r1c.diagnostics.suggest import advice
from r1c.diagnostics.text import printable
from r1c.difference import difference, side
from r1c.difference.figures import Figure, figures
from r1c.difference.report_text import as_text
from r1c.difference.side import Side
from r1c.fix.edited import replacements
from r1c.fix.texts import Texts
from r1c.pipeline import Checked
from r1c.record import record, replace
from r1c.resolve.plan import Plan
from r1c.upgrade.at_release import moved
from r1c.upgrade.newest import newest
from r1c.upgrade.reach import Reached, Versions, reach
from r1c.upgrade.step import step

MEMORY = ("KV-cache tokens", "sequences at full length")
"""The figures of `r1c diff` that say what fits into GPU memory."""


@record
class Options:
    """The options of the command, as written; None for one that is not given."""

    profile: str
    vllm: str | None
    lws: str | None
    gke: str | None
    gpudirect: str | None
    write: bool
    every: bool
    form: str


def run(console: Console, options: Options) -> int:
    """Print what the versions change for a profile; return 1 if the edited profile would have new faults.

    With --write, edit the profile and print the impact on the cluster; nothing is written if an error is in
    the way. Raises Refused for a profile with errors.
    """
    if options.write and options.profile == inputs.STDIN:
        raise UserError("--write needs a file, not standard input")
    path = options.profile
    before = inputs.analysed(path)
    if before.plan is None:
        raise Refused(before.diagnostics)
    asked = _versions(options, before.plan)
    chosen = None
    if not asked.places():
        chosen = newest(before.plan.server.version, lambda release: reached(path, Versions(vllm=release))[0])
        asked = Versions(vllm=chosen.release or before.plan.server.version)
    result, texts = reached(path, asked)
    after = result.plan or moved(before.plan, asked.vllm)
    found = Upgrade(
        shown=inputs.shown(path),
        before=before.plan,
        after=after,
        reached=result,
        chosen=chosen,
        step=step(before.plan, after),
        figures=_figures(before.plan, after),
        replacements=tuple(line for name, *sides in texts.changed() for line in _lines(name, *sides)),
    )
    text = (
        upgrade_data.as_json(found)
        if options.form == "json"
        else upgrade_report.as_text(found, every=options.every)
    )
    console.result("\n".join(map(printable, text.split("\n"))))
    if options.write and result.plan:
        _write(console, texts, found, impact=options.form != "json")
    elif options.write:
        console.report("r1c: nothing was written: the edited profile would have errors\n")
    return 1 if result.obstacles else 0


def _lines(name: str, old: bytes, new: bytes) -> Iterator[Replacement]:
    """Yield the lines of a file that the edits replace."""
    return replacements(name, *(source.read(name, raw).source.text for raw in (old, new)))


def _figures(before: Plan, after: Plan) -> tuple[Figure, ...]:
    # Figures come of the plans alone, and the plan of a refused profile cannot be lowered.
    found = figures(*(Side(plan.name, "", (), plan, {}, None) for plan in (before, after)))
    return tuple(figure for figure in found if figure.what in MEMORY)


def _write(console: Console, texts: Texts, upgrade: Upgrade, *, impact: bool) -> None:
    """Save the edited files; with `impact`, print what applying the new output does to the cluster."""
    old, new = (side.of_plan(plan, upgrade.shown) for plan in (upgrade.before, upgrade.after))
    found = difference(replace(old, shown=f"{upgrade.shown} (before)"), new)
    names = [name for name, _, _ in texts.changed()]
    texts.save()
    for name in names:
        # The impact below is that of one profile.
        others = "; `r1c diff` shows what changes in other profiles that extend it"
        console.note(f"updated: {name}{others if name != upgrade.shown else ''}")
    if names and impact:
        colour = console.colour() and sys.stdout is not None and sys.stdout.isatty()
        console.result("\n" + as_text([found], colour=colour))


def _versions(options: Options, plan: Plan) -> Versions:
    """Return the versions that are asked for; raises UserError for one that is not known."""
    release, known = options.gpudirect, facts.releases(plan.platform.stack)
    if release is not None and release not in known:
        raise UserError(f"--gpudirect {release}: {advice(release, known, 'releases')}")
    vllm = None if options.vllm is None else known_release(options.vllm)
    return Versions(vllm, options.lws, options.gke, release)


def reached(path: str, versions: Versions, content: bytes | None = None) -> tuple[Reached, Texts]:
    """Bring a profile to versions; return what it became, and its files with the edits.

    `content` are its bytes, if they were read. Nothing is written.
    """
    texts, file = Texts(), inputs.shown(path)

    def analyse(rules: tuple[Rule, ...]) -> Checked:
        reader = texts.beside(inputs.folder_of(file), inputs.beside(file))
        raw = texts.content(file, lambda: inputs.read(path) if content is None else content)
        return inputs.analysed(path, raw, reader, rules)

    def editable(name: str) -> bool:
        return name == file or inputs.is_inside(name)

    return reach(analyse, texts, file, versions, editable), texts
