"""What an upgrade changes -> the text for a terminal: what concerns the profile, the edits, the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from r1c.commands.upgrade_data import Upgrade, written
from r1c.diagnostics import Severity
from r1c.diagnostics.suggest import counted, listed
from r1c.difference.summary import shown
from r1c.upgrade.history import Change, goes_back
from r1c.upgrade.newest import Newest
from r1c.upgrade.reach import Made

_AREAS = {
    "profile": "Flags and variables of this profile",
    "default": "Defaults that the profile relies on",
    "engine": "Engine, executor and image",
    "library": "Libraries that vLLM uses",
    "memory": "GPU memory",
    "gpudirect": "GPUDirect",
    "cluster": "Cluster",
}
"""The areas in the order of the report, with their headings."""

_WIDTH = 11
"""Columns of a release and the space behind it."""


def as_text(upgrade: Upgrade, *, every: bool) -> str:
    """Write the report; with `every`, list what does not concern the profile, too."""
    return "".join(f"{line}\n" for line in _lines(upgrade, every=every))


def _lines(upgrade: Upgrade, *, every: bool) -> Iterator[str]:
    yield f"{upgrade.shown}: {heading(upgrade)}"
    if upgrade.chosen:
        yield from _chosen(upgrade, upgrade.chosen)
    for area, title in _AREAS.items():
        found = [change for change in upgrade.step.changes if change.area == area]
        figures = list(upgrade.figures) if area == "memory" else []
        if found or figures:
            yield ""
            yield title
            yield from _aligned(found)
            for figure in figures:
                yield f"  {'':{_WIDTH}}{figure.what}: {shown(figure)}"
    if upgrade.step.others:
        yield ""
        yield from _others(upgrade.step.others, every=every)
    yield ""
    yield from _edits(upgrade.reached.edits, upgrade.shown)
    yield from _result(upgrade)


def heading(upgrade: Upgrade) -> str:
    """Say which versions change, and that a step goes back where it does."""
    steps = [f"{name} {old} -> {new}" for name, old, new in upgrade.versions if old != new]
    if not steps:
        return "nothing to change"
    back = goes_back(upgrade.before.server.version, upgrade.after.server.version)
    return ", ".join(steps) + (" (a downgrade)" if back else "")


def _chosen(upgrade: Upgrade, chosen: Newest) -> Iterator[str]:
    """Say which release is the newest good one, and why no newer one is."""
    model, machine = upgrade.before.model.id, upgrade.before.platform.id
    if chosen.release:
        has = ", and the profile already has it" if chosen.release == upgrade.before.server.version else ""
        yield f"  {chosen.release} is the newest release with which {model} on {machine} checks clean{has}"
    else:
        yield f"  no release from {upgrade.before.server.version} on checks clean for {model} on {machine}"
    for passed in chosen.passed:
        span = passed.first if passed.first == passed.last else f"{passed.first} to {passed.last}"
        yield f"  not {span}: {passed.fault.message} [{passed.fault.code}]"


def _aligned(changes: Sequence[Change]) -> Iterator[str]:
    width = max(_WIDTH, *(len(change.since) + 2 for change in changes), 0)
    for change in changes:
        yield f"  {change.since:{width}}{change.subject}: {change.text}"


def _others(others: Sequence[Change], *, every: bool) -> Iterator[str]:
    """Count the changes of what the profile does not use, or list them."""
    counts: dict[str, Counter[str]] = {}
    for change in others:
        kind = "changed" if change.area == "defaults" else change.text
        counts.setdefault(change.area, Counter())[kind] += 1
    words = [
        listed(
            (
                f"{count if place else counted(count, area.removesuffix('s'))} {kind}"
                for place, (kind, count) in enumerate(kinds.items())
            ),
            "and",
        )
        for area, kinds in counts.items()
    ]
    yield f"Not used by this profile: {'; '.join(words)}" + ("" if every else " (--all lists them)")
    if every:
        yield from _aligned(others)


def _edits(edits: Sequence[Made], profile: str) -> Iterator[str]:
    if edits:
        yield "Edits"
    for made in edits:
        place = "" if made.file == profile else f" (in {made.file})"
        for line in written(made.edit):
            yield f"  {line}{place}"
            place = ""
        if made.fault:
            yield f"      {made.fault}"


def _result(upgrade: Upgrade) -> Iterator[str]:
    obstacles = upgrade.reached.obstacles
    if not obstacles:
        yield "The edited profile checks clean." if upgrade.reached.edits else "The profile checks clean."
        return
    errors = sum(item.severity is Severity.ERROR for item in obstacles)
    what = counted(errors, "error") if errors else counted(len(obstacles), "new warning")
    yield f"Obstacles: {what}"
    for item in obstacles:
        yield f"  {item.severity}[{item.code}] {item.message} ({item.place})"
        yield f"      {item.help}"
