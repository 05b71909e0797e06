"""Two sides of a recipe -> their difference, each change with its impact.

Changes are listed by object and field, with what they mean in nodes, GPUs and KV cache.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from r1c.difference import group_impact, impact
from r1c.difference.cluster_move import Move, move, written
from r1c.difference.compare import Change, compare
from r1c.difference.documents import Document
from r1c.difference.downtime import Downtime
from r1c.difference.effects import Effect, Impact
from r1c.difference.figures import Figure, figures
from r1c.difference.side import Side
from r1c.lower.benchmark import DIGEST_DIGITS
from r1c.record import record
from r1c.resolve.plan import Plan

ORDER = ("LeaderWorkerSet", "Service", "ServiceAccount", "ExternalSecret", "Secret", "Job")
"""The kinds in the order in which their changes are reported."""

RECORD = "[METADATA]"
"""The benchmark's variable that says what its results are tied to."""

Status = Literal["added", "removed", "changed", "renamed"]


@record
class Effected:
    """A change with its impact.

    `follows` says what it follows from alone: the new name, or the profile, which the benchmark records.
    """

    change: Change
    impact: Impact
    follows: Literal["name", "profile"] | None = None


@record
class Entry:
    """One object or file that differs. `old` is None for an added one, `new` for a removed one.

    `impact` is that of an object that is added, removed or renamed as a whole.
    """

    status: Status
    old: Document | None
    new: Document | None
    impact: Impact | None
    changes: tuple[Effected, ...]

    @property
    def document(self) -> Document:
        """The object as it will be, or as it was."""
        found = self.new or self.old
        assert found is not None  # noqa: S101  # an entry has one of the two
        return found

    def impacts(self) -> Iterator[Impact]:
        """Yield the impacts of the entry."""
        if self.impact:
            yield self.impact
        for item in self.changes:
            yield item.impact

    @property
    def only_recorded(self) -> bool:
        """Tell whether nothing changes but what the benchmark records with its results."""
        return bool(self.changes) and all(item.impact.effect is Effect.RECORDED for item in self.changes)


@record
class Difference:
    """What differs between two sides of one recipe; without entries they are the same.

    `clusters` are those of both sides, None if a side is missing or does not say; `move` is there if they
    differ. `gpus` are those that start, stop or restart.
    """

    name: str
    old_name: str | None
    old: str | None
    new: str | None
    status: Status
    entries: tuple[Entry, ...]
    figures: tuple[Figure, ...]
    clusters: tuple[Mapping[str, str] | None, Mapping[str, str] | None]
    move: Move | None
    gpus: int = 0
    folder: str = ""

    @property
    def label(self) -> str:
        """The recipe's name, behind its folder where folders tell recipes apart."""
        return self.labelled(self.name)

    def labelled(self, name: str) -> str:
        """Return a name behind the recipe's folder."""
        return f"{self.folder}/{name}" if self.folder else name

    def impacts(self) -> Iterator[Impact]:
        """Yield the impacts: that of the move first."""
        if self.move:
            yield self.move.impact
        for entry in self.entries:
            yield from entry.impacts()

    def effects(self) -> list[Effect]:
        """Return the effects that there are, the gravest first."""
        present = {impact.effect for impact in self.impacts()}
        return [effect for effect in Effect if effect in present]


def difference(old: Side | None, new: Side | None) -> Difference:
    """Compare two sides of a recipe, of which one may be missing."""
    side = new or old
    assert side is not None  # noqa: S101  # the caller has one of the two
    plan = (new.plan if new else None) or (old.plan if old else None)
    before = old.plan if old else None
    clusters = (old.cluster if old else None, new.cluster if new else None)
    moves = all(clusters) and clusters[0] != clusters[1]
    entries: tuple[Entry, ...] = ()
    moved = None
    if plan:
        places = tuple(written(cluster) for cluster in clusters if cluster) if moves else ()
        downtime = Downtime(before or plan, plan, (places[0], places[1]) if places else None)
        entries = tuple(sorted(_entries(old, new, downtime), key=_rank))
        if old and clusters[0] and clusters[1] and moves:
            moved = move(downtime, clusters[0], clusters[1], old.documents)
    renamed = old is not None and new is not None and old.recipe != new.recipe
    status: Status = (
        "added" if old is None else "removed" if new is None else "renamed" if renamed else "changed"
    )
    return Difference(
        side.recipe,
        old.recipe if old and renamed else None,
        old.shown if old else None,
        new.shown if new else None,
        status,
        entries,
        figures(old, new) if entries else (),
        clusters,
        moved,
        touched(before, new.plan if new else None, entries, moved) if entries else 0,
    )


def touched(old: Plan | None, new: Plan | None, entries: Sequence[Entry], moved: Move | None) -> int:
    """Return how many GPUs start, stop or restart."""
    held, wanted = (plan.group.gpus * plan.group.replicas if plan else 0 for plan in (old, new))
    effects = {
        found.effect
        for entry in entries
        if entry.document.kind == "LeaderWorkerSet"
        for found in entry.impacts()
    }
    if moved or old is None or new is None or Effect.MOVED in effects:
        return held + wanted
    if effects & {Effect.REPLACED, Effect.RECREATED}:
        return max(held, wanted)
    return abs(wanted - held) if Effect.SCALED in effects else 0


def _rank(entry: Entry) -> int:
    """Return where a reader looks for an entry: objects by weight, the image's files, then the others."""
    document = entry.document
    if entry.only_recorded:
        return len(ORDER) + 3
    if document.kind:
        return ORDER.index(document.kind) if document.kind in ORDER else len(ORDER)
    return len(ORDER) + (1 if document.name.startswith("image/") else 2)


def _entries(old: Side | None, new: Side | None, downtime: Downtime) -> Iterator[Entry]:
    if old is None or new is None:
        for item in new.documents if new else ():
            yield Entry("added", None, item, impact.of_whole(downtime, item, added=True), ())
        for item in old.documents if old else ():
            yield Entry("removed", item, None, impact.of_whole(downtime, item, added=False), ())
        return
    names = (old.recipe, new.recipe) if old.recipe != new.recipe else None
    for before, after in _pairs(old.documents, new.documents):
        if before is None or after is None:
            yield _one_sided(before, after, downtime)
        else:
            entry = _changed(before, after, downtime, names)
            if entry:
                yield entry
            elif _rewritten(old, new, before.file):
                layout = Effected(Change((), "layout", None, None), impact.of_no_object())
                yield Entry("changed", before, after, None, (layout,))


def _one_sided(old: Document | None, new: Document | None, downtime: Downtime) -> Entry:
    if new:
        return Entry("added", None, new, impact.of_new(downtime, new), ())
    assert old is not None  # noqa: S101  # the caller has one of the two
    return Entry("removed", old, None, impact.of_gone(downtime, old), ())


def _changed(old: Document, new: Document, downtime: Downtime, names: tuple[str, str] | None) -> Entry | None:
    changes = compare(old.body, new.body)
    if not changes:
        return None
    if (old.kind, old.namespace, old.name) != (new.kind, new.namespace, new.name):
        whole = impact.of_renamed(downtime, old, new)
        effected = tuple(Effected(change, whole, _follows(change, downtime, names)) for change in changes)
        return Entry("renamed", old, new, whole, effected)
    found = group_impact.together(downtime, [impact.of_change(downtime, old, change) for change in changes])
    follows = [_follows(change, downtime, names) for change in changes]
    if all(
        item.effect is Effect.JOB and cause == "profile" for item, cause in zip(found, follows, strict=True)
    ):
        found = [impact.of_record()] * len(found)
    if impact.benchmarks(old) and not downtime.benchmarked and not downtime.clusters:
        found = [impact.of_unused_job()] * len(found)
    effected = tuple(map(Effected, changes, found, follows))
    return Entry("changed", old, new, None, effected)


def _follows(
    change: Change, downtime: Downtime, names: tuple[str, str] | None
) -> Literal["name", "profile"] | None:
    if RECORD in change.path:
        return "profile"
    if change.kind != "changed" or not isinstance(change.old, str) or change.old == change.new:
        return None
    named = change.old.replace(*names) if names else change.old
    if named == change.new:
        return "name"
    digests = (downtime.old.digest[:DIGEST_DIGITS], downtime.new.digest[:DIGEST_DIGITS])
    return "profile" if change.path != ("profile",) and named.replace(*digests) == change.new else None


def _rewritten(old: Side, new: Side, path: str) -> bool:
    """Tell whether a file with the same content has other bytes: comments, quotes, line ends."""
    if path not in old.files or path not in new.files or old.recipe != new.recipe:
        return False
    return old.files[path] != new.files[path]


def _pairs(
    old: Sequence[Document], new: Sequence[Document]
) -> Iterator[tuple[Document | None, Document | None]]:
    """Pair documents by kind, namespace and name, then by kind and file.

    In the order of the new side, then what only the old side has.
    """
    before, after = _keyed(old), _keyed(new)
    left = [item for key, item in before.items() if key not in after]
    partners: dict[Any, Document] = {}
    for key, item in after.items():
        if key in before:
            partners[key] = before[key]
            continue
        same = next(
            (gone for gone in left if item.kind and (gone.kind, gone.file) == (item.kind, item.file)), None
        )
        if same:
            left.remove(same)
            partners[key] = same
    for key, item in after.items():
        yield partners.get(key), item
    for item in left:
        yield item, None


def _keyed(documents: Sequence[Document]) -> dict[tuple[str, str, str, int], Document]:
    seen: Counter[tuple[str, str, str]] = Counter()
    found = {}
    for item in documents:
        key = (item.kind, item.namespace, item.name)
        found[(*key, seen[key])] = item
        seen[key] += 1
    return found
