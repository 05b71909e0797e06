"""A change in a LeaderWorkerSet -> its impact: groups that are recreated, added, removed or replaced."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from r1c.difference.compare import Change
from r1c.difference.documents import Document
from r1c.difference.downtime import Downtime
from r1c.difference.effects import Effect, Impact, deletion, impact
from r1c.facts import change_impact
from r1c.facts.change_impact import Reason
from r1c.record import replace

_REFUSED = "if Kueue refuses the change while the groups are admitted, delete and recreate"


def _recreated(downtime: Downtime, fact: Reason, more: str = "", command: str | None = None) -> Impact:
    return impact(Effect.RECREATED, downtime.rolling() + more, fact, command, downtime.rolling_briefly())


def _replaced(
    downtime: Downtime, document: Document, fact: Reason, reason: str, otherwise: str = ""
) -> Impact:
    brief = downtime.at_once_briefly()
    text = f"{reason}: delete and recreate, {brief}{otherwise}"
    return impact(Effect.REPLACED, text, fact, deletion(document), brief)


def revision(downtime: Downtime, document: Document, _: Change) -> Impact:
    """Return the impact of a change in the pods: a new revision."""
    if not downtime.queued:
        return _recreated(downtime, "revision")
    return _recreated(downtime, "queued", f"; {_REFUSED}", deletion(document))


def size(downtime: Downtime, document: Document, _: Change) -> Impact:
    """Return the impact of another number of nodes in a group, by what the cluster runs."""
    if downtime.queued and downtime.queue_fixes_size():
        reason = f"Kueue {downtime.new.cluster.kueue} (cluster.kueue) refuses a new size"
        return _replaced(downtime, document, "queued", reason)
    mutable = change_impact.size_mutable()
    known = downtime.lws_has(mutable)
    if known is False:
        reason = f"LWS {downtime.new.cluster.lws} (cluster.lws) refuses a new size"
        newer = f"; if the cluster runs LWS {mutable} or newer, the apply recreates the groups"
        return _replaced(downtime, document, "size", reason, newer)
    if known:
        more, command = "", None
    else:
        more = f"; if the cluster runs LWS older than {mutable}, delete and recreate (cluster.lws is not set)"
        command = deletion(document)
    if downtime.queued:
        more, command = f"{more}; {_REFUSED}", deletion(document)
    return _recreated(downtime, "size", more, command)


def replicas(downtime: Downtime, document: Document, change: Change) -> Impact:
    """Return the impact of another number of groups."""
    if downtime.new.scaling and change.kind == "removed":
        return _autoscaled(downtime, document, change)
    old, new = (value if isinstance(value, int) else 1 for value in (change.old, change.new))
    brief = downtime.scaled_briefly(old, new)
    return impact(Effect.SCALED, downtime.scaled(old, new), "replicas", None, brief)


def _autoscaled(downtime: Downtime, document: Document, change: Change) -> Impact:
    """Return the impact of giving the number of groups to an autoscaler.

    An apply that deletes the field resets it: one group is left until the autoscaler adds the others again.
    """
    old = change.old if isinstance(change.old, int) else 1
    if old <= 1:
        text = "the autoscaler sets the number of groups from now on; the group is not affected"
        return impact(Effect.IN_PLACE, text, "unscaled")
    words = [
        "kubectl",
        "apply",
        "edit-last-applied",
        "leaderworkerset",
        document.name,
        "-n",
        document.namespace,
    ]
    text = (
        f"the apply resets replicas to 1, and removes {old - 1} of {old} groups until the autoscaler adds "
        "them again: delete the line replicas from the last applied configuration first"
    )
    return impact(Effect.SCALED, text, "unscaled", shlex.join(words), downtime.scaled_briefly(old, 1))


def rollout(*_: object) -> Impact:
    """Return the impact of another way to update or to start."""
    return impact(Effect.IN_PLACE, "updates it in place: takes effect with the next rollout", "rollout")


def sub_groups(downtime: Downtime, document: Document, _: Change) -> Impact:
    """Return the impact of a change in the sub-groups."""
    return _replaced(downtime, document, "subGroups", "LWS refuses another subGroupPolicy")


def topology(downtime: Downtime, _: Document, __: Change) -> Impact:
    """Return the impact of another exclusive topology."""
    return _recreated(downtime, "topology")


def queue(downtime: Downtime, document: Document, _: Change) -> Impact:
    """Return the impact of another queue of Kueue's."""
    reason = "Kueue's webhook refuses another queue while a group is ready"
    otherwise = "; without Kueue in the cluster, a change to this label restarts nothing"
    return _replaced(downtime, document, "queue", reason, "" if downtime.new.cluster.kueue else otherwise)


def together(downtime: Downtime, found: Sequence[Impact]) -> list[Impact]:
    """Return the impacts of changes that are applied at once, in their order.

    What is deleted and created again takes its other changes along. Groups that are recreated have one text,
    and one with those that are added or removed.
    """
    along = (Effect.RECREATED, Effect.SCALED)
    gravest = next((item for item in found if item.effect is Effect.REPLACED), None)
    if gravest:
        return [gravest if item.effect in along else item for item in found]
    recreated = [item for item in found if item.effect is Effect.RECREATED]
    if not recreated:
        return list(found)
    one = next((item for item in recreated if item.command), recreated[0])
    if any(item.effect is Effect.SCALED for item in found):
        more = one.text.removeprefix(downtime.rolling())
        text = downtime.scaled_and_rolled() + more
        both = impact(Effect.RECREATED, text, "scaledAndRolled", one.command, downtime.others_briefly())
        scaled = (replace(both, effect=Effect.SCALED, brief=item.brief) for item in found)
        return [
            both if item.effect is Effect.RECREATED else new if item.effect is Effect.SCALED else item
            for item, new in zip(found, scaled, strict=True)
        ]
    return [one if item.effect is Effect.RECREATED else item for item in found]
