"""A difference -> the same with commands that name the cluster, for recipes that run in several clusters."""

from __future__ import annotations

import shlex

from r1c.difference import Difference, Effected, Entry
from r1c.difference.cluster_move import context
from r1c.difference.effects import Impact
from r1c.record import replace

_KUBECTL = "kubectl "


def own_context(item: Difference) -> Difference:
    """Return a difference whose kubectl commands reach only the cluster that the recipe runs in.

    Without a known cluster it is returned as it is; the command of a move names its cluster already.
    """
    old, new = item.clusters
    cluster = old or new
    if cluster is None:
        return item
    start = f"kubectl --context {shlex.quote(context(cluster))} "
    return replace(item, entries=tuple(_entry(entry, start) for entry in item.entries))


def _entry(entry: Entry, start: str) -> Entry:
    changes = tuple(
        Effected(item.change, _impact(item.impact, start), item.follows) for item in entry.changes
    )
    return replace(entry, impact=_impact(entry.impact, start) if entry.impact else None, changes=changes)


def _impact(impact: Impact, start: str) -> Impact:
    command = impact.command
    if command is None or not command.startswith(_KUBECTL):
        return impact
    return replace(impact, command=start + command.removeprefix(_KUBECTL))
