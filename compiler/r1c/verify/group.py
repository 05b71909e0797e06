"""A LeaderWorkerSet -> where its leader and worker templates differ beyond what makes a leader of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c.diagnostics import Path
from r1c.verify.documents import Item, entries, fault, mapping

ALLOWED_DIFFERENCES: tuple[Path, ...] = (
    ("metadata", "labels", "app.kubernetes.io/component"),
    ("spec", "containers", 0, "name"),
    ("spec", "containers", 0, "command"),
    ("spec", "containers", 0, "args"),
    ("spec", "containers", 0, "ports"),
    ("spec", "containers", 0, "lifecycle"),
    ("spec", "containers", 0, "startupProbe"),
    ("spec", "containers", 0, "readinessProbe"),
)
"""Ray workers take their environment from their own pod, so all but the role itself must be equal."""

_ALLOWED = frozenset(ALLOWED_DIFFERENCES)
_LENGTHS = sorted({len(path) for path in _ALLOWED})
_TEMPLATES: Path = ("spec", "leaderWorkerTemplate")
_MAPS = (dict, Mapping)
_LWS_LABELS = "leaderworkerset.sigs.k8s.io/"


def faults(item: Item) -> Iterator[str]:
    """Yield the faults of a document that is a LeaderWorkerSet; another kind has none."""
    if item.kind != "LeaderWorkerSet":
        return
    leader, worker = (mapping(item.body, *_TEMPLATES, role) for role in ("leaderTemplate", "workerTemplate"))
    for path, what in _differences(leader, worker, ()) if leader != worker else ():
        if _ALLOWED.isdisjoint(path[:length] for length in _LENGTHS):
            yield fault(item, (*_TEMPLATES, "leaderTemplate", *path), what)
    for role in ("leaderTemplate", "workerTemplate"):
        for label in mapping(item.body, *_TEMPLATES, role, "metadata", "labels"):
            if str(label).startswith(_LWS_LABELS):
                path = (*_TEMPLATES, role, "metadata", "labels", str(label))
                yield fault(item, path, "the LWS controller sets this label")
    asked = [
        entry
        for _, container in entries(leader, "spec", "containers")
        if (entry := mapping(container, "resources", "limits").get("nvidia.com/gpu"))
    ]
    if not asked:
        yield fault(
            item,
            (*_TEMPLATES, "leaderTemplate", "spec", "containers"),
            "no container requests nvidia.com/gpu",
        )


def _differences(leader: Any, worker: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield where two values differ that are not equal."""
    if isinstance(leader, list) and isinstance(worker, list):
        if len(leader) != len(worker):
            yield path, f"the leader has {len(leader)} entries, the worker {len(worker)}"
        for index, (one, other) in enumerate(zip(leader, worker, strict=False)):
            if one != other:
                yield from _differences(one, other, (*path, index))
    elif isinstance(leader, _MAPS) and isinstance(worker, _MAPS):
        for key in {**leader, **worker}:
            if key not in worker:
                yield (*path, key), "the leader has this field, the worker does not"
            elif key not in leader:
                yield (*path, key), "the worker has this field, the leader does not"
            elif leader[key] != worker[key]:
                yield from _differences(leader[key], worker[key], (*path, key))
    else:
        yield path, "leader and worker differ"
