"""A change in a LeaderWorkerSet -> its impact: groups recreated, added, or deleted and made again."""

from __future__ import annotations

from r1c import facts
from r1c.difference.compare import Change
from r1c.difference.documents import Document
from r1c.difference.effects import Effect, Impact, deletion, impact
from r1c.difference.outage import Outage


def _recreated(outage: Outage, name: str, more: str = "", command: str | None = None) -> Impact:
    return impact(Effect.RECREATED, outage.rolling() + more, name, command, outage.rolling_briefly())


def _replaced(outage: Outage, document: Document, name: str, reason: str = "") -> Impact:
    out = outage.at_once_briefly()
    text = f"{reason}delete and recreate: {out}, the model loads again"
    return impact(Effect.REPLACED, text, name, deletion(document), out)


def revision(outage: Outage, document: Document, _: Change) -> Impact:
    """Return the impact of a change in the pods: a new revision."""
    if not outage.queued:
        return _recreated(outage, "revision")
    more = "; Kueue may refuse it while the groups are admitted: then delete and recreate"
    return _recreated(outage, "queued", more, deletion(document))


def size(outage: Outage, document: Document, _: Change) -> Impact:
    """Return the impact of another number of nodes in a group, by what the cluster runs."""
    if outage.queued and outage.queue_fixes_size():
        return _replaced(outage, document, "queued", f"Kueue {outage.new.cluster.kueue} refuses a new size; ")
    mutable = facts.table("impact")["data"]["size"]["mutable"]
    known = outage.lws_has(mutable)
    if known:
        return _recreated(outage, "size")
    if known is False:
        return _replaced(outage, document, "size", f"LWS {outage.new.cluster.lws} refuses a new size; ")
    more = (
        f"; so it is from LWS {mutable} on, and the profile does not say which one the cluster runs "
        "(cluster.lws): with an older one delete and recreate"
    )
    return _recreated(outage, "size", more, deletion(document))


def replicas(outage: Outage, _: Document, change: Change) -> Impact:
    """Return the impact of another number of groups."""
    old, new = (value if isinstance(value, int) else 1 for value in (change.old, change.new))
    gpus = abs(new - old) * (outage.new if new > old else outage.old).group.gpus
    out = f"{gpus} GPU{'' if gpus == 1 else 's'} {'more' if new > old else 'fewer'}"
    return impact(Effect.SCALED, outage.scaled(old, new), "replicas", None, out)


def rollout(*_: object) -> Impact:
    """Return the impact of another way to update or to start."""
    return impact(Effect.IN_PLACE, "in place: it counts from the next update on", "rollout")


def sub_groups(outage: Outage, document: Document, _: Change) -> Impact:
    """Return the impact of a change in the sub-groups."""
    return _replaced(outage, document, "subGroups")


def topology(outage: Outage, _: Document, __: Change) -> Impact:
    """Return the impact of another exclusive topology."""
    return _recreated(outage, "topology")


def queue(outage: Outage, document: Document, _: Change) -> Impact:
    """Return the impact of another queue of Kueue's."""
    return _replaced(outage, document, "queue", "Kueue refuses another queue while a group is ready; ")
