"""A difference -> its short forms, which all reports share: titles, summary lines, figures."""

from __future__ import annotations

from collections.abc import Sequence

from r1c.diagnostics.suggest import counted
from r1c.difference import Difference, Entry
from r1c.difference.cluster_move import Move, written
from r1c.difference.effects import NOTHING, Effect
from r1c.difference.entries import rows
from r1c.difference.figures import Figure

FOLDED = frozenset(
    {
        "RUNBOOK.md",
        ".r1c.lock.json",
        ".gitignore",
        "kustomizeconfig.yaml",
        "kustomizeschema.yaml",
        "kustomizeconfig-blocks.yaml",
        "kustomizeconfig-claims.yaml",
    }
)
"""Files whose changes follow from the others and reach no cluster: named, their changes counted."""

WORDS = {
    Effect.ELSEWHERE: "another cluster",
    Effect.REPLACED: "delete and recreate",
    Effect.RECREATED: "recreates groups",
    Effect.SCALED: "changes the number of groups",
    Effect.MOVED: "creates new objects, old ones to delete",
    Effect.LEFT: "leaves objects to delete",
    Effect.PREFETCH: "weights to prefetch first",
    Effect.BUILD: "image to build first",
    Effect.STALE: "image change not picked up",
    Effect.JOB: "benchmark Job to delete",
    Effect.CREATED: "creates objects",
    Effect.IN_PLACE: "updates in place",
    Effect.RECORDED: "updates the profile digest recorded with results",
    Effect.NOTHING: NOTHING,
}

QUIET = (Effect.RECORDED, Effect.NOTHING)
"""Effects that a summary names only if there is no other."""

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": ">"}


def headline(item: Difference) -> str:
    """Summarise a recipe's difference in one line."""
    name = f"{item.labelled(item.old_name)} -> {item.label}" if item.old_name else item.label
    if not item.entries:
        return f"{name}: no difference"
    effects = item.effects()
    if len(effects) > 1:
        effects = [effect for effect in effects if effect not in QUIET] or [Effect.RECORDED]
    words = {"added": "new recipe: ", "removed": "recipe removed: ", "renamed": "renamed: "}
    status = "" if item.move else words.get(item.status, "")
    return f"{name}: {status}{', '.join(_brief(item, effect) for effect in effects)}"


def costly_first(differences: Sequence[Difference]) -> list[Difference]:
    """Order recipes: by the GPUs that a change touches, then by its gravest effect; the unchanged last."""
    effects = list(Effect)

    def cost(item: Difference) -> tuple[bool, int, int]:
        gravest = effects.index(item.effects()[0]) if item.entries else len(effects)
        return not item.entries, -item.gpus, gravest

    return sorted(differences, key=cost)


def total(differences: Sequence[Difference]) -> str | None:
    """Say how many of several recipes change and what that costs; None for one recipe, or if none changes."""
    changed = [item for item in differences if item.entries]
    if len(differences) < 2 or not changed:
        return None
    gpus = sum(item.gpus for item in changed)
    affected = f"{counted(gpus, 'GPU')} affected" if gpus else "no GPU affected"
    verb = "changes" if len(changed) == 1 else "change"
    return f"{len(changed)} of {len(differences)} recipes {verb}: {affected}"


def unchanged(differences: Sequence[Difference]) -> str | None:
    """Count the recipes that do not change; None below two, since a single one is named."""
    number = sum(not item.entries for item in differences)
    if number < 2:
        return None
    return f"{number} {'other ' if number < len(differences) else ''}recipes: no difference"


def not_compared(name: str) -> str:
    """Say that a profile is left out."""
    return f"{name} has errors, so it is not compared"


def _brief(item: Difference, effect: Effect) -> str:
    found = (impact.brief for impact in item.impacts() if impact.effect is effect and impact.brief)
    brief = next(found, None)
    return f"{WORDS[effect]} ({brief})" if brief else WORDS[effect]


def moved(move: Move) -> str:
    """Name both clusters of a move."""
    return f"cluster {written(move.old)} -> {written(move.new)}"


def title(entry: Entry) -> str:
    """Name an entry: its sign, kind, name and namespace, both where it is renamed; or its path."""
    return f"{_SIGNS[entry.status]} {name(entry)}"


def name(entry: Entry) -> str:
    """Name an entry without its sign."""
    new = entry.document
    if not new.kind:
        return new.name
    if entry.status == "renamed" and entry.old:
        old = entry.old
        namespace = new.namespace if old.namespace == new.namespace else f"{old.namespace} -> {new.namespace}"
        names = new.name if old.name == new.name else f"{old.name} -> {new.name}"
        return f"{new.kind} {names} ({namespace})"
    return f"{new.kind} {new.name} ({new.namespace})"


def folded(entry: Entry) -> bool:
    """Tell whether an entry is only named: what follows from others, and files of a whole recipe."""
    if entry.document.kind == "Job" and entry.status == "changed":
        return all(impact.effect is Effect.NOTHING for impact in entry.impacts())
    if entry.document.kind:
        return False
    whole = entry.impact is not None and entry.impact.effect is Effect.NOTHING
    return whole or entry.document.name in FOLDED


def named(entry: Entry) -> str:
    """Name a folded entry, with the number of what differs in it."""
    if entry.status in ("added", "removed"):
        return f"{entry.document.name} ({entry.status})"
    found = rows(entry)
    lines = sum(len(row.lines) for row in found)
    name = entry.document.file if entry.document.kind else entry.document.name
    return f"{name} ({counted(lines, 'line') if lines else counted(len(found), 'value')})"


def shown(figure: Figure) -> str:
    """Write a figure: 16 -> 32 (+16)."""
    old, new = figure.old, figure.new
    if isinstance(old, int) and isinstance(new, int):
        return f"{old:,} -> {new:,} ({new - old:+,})"
    return " -> ".join(_value(value) for value in (old, new) if value is not None)


def _value(value: int | str | tuple[float, float]) -> str:
    if isinstance(value, tuple):
        low, high = value
        return f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"{value:,}" if isinstance(value, int) else value
