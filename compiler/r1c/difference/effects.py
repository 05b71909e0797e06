"""The effects that applying a change can have on a cluster, in the words that all impacts share."""

from __future__ import annotations

import enum
import shlex

from r1c.difference.documents import Document
from r1c.facts import change_impact
from r1c.facts.change_impact import Reason
from r1c.record import record

NOTHING = "no effect on the cluster"


class Effect(enum.StrEnum):
    """What applying a change does, the gravest first."""

    ELSEWHERE = "another-cluster"
    REPLACED = "delete-and-recreate"
    RECREATED = "groups-recreated"
    SCALED = "groups-added-or-removed"
    MOVED = "new-object"
    LEFT = "left-behind"
    PREFETCH = "weights-to-prefetch"
    BUILD = "image-to-build"
    STALE = "image-not-picked-up"
    JOB = "job-to-delete"
    CREATED = "created"
    IN_PLACE = "in-place"
    RECORDED = "recorded-digest"
    NOTHING = "nothing"


@record
class Impact:
    """An effect in words, the fact behind it, and the command that it takes beyond `kubectl apply`.

    `brief` says in a few words what that takes: the GPUs that are unavailable meanwhile, or more or fewer.
    """

    effect: Effect
    text: str
    fact: str
    command: str | None = None
    brief: str | None = None


def impact(
    effect: Effect, text: str, reason: Reason, command: str | None = None, brief: str | None = None
) -> Impact:
    """Return an impact with the fact of that name in facts/impact.yaml."""
    return Impact(effect, text, change_impact.why(reason), command, brief)


def deletion(document: Document) -> str:
    """Return the command that deletes an object."""
    words = ["kubectl", "delete", resource(document), document.name]
    return shlex.join([*words, "-n", document.namespace] if document.namespace else words)


def resource(document: Document) -> str:
    """Return a kind as kubectl finds it: Istio has Gateways too."""
    return "gateway.gateway.networking.k8s.io" if document.kind == "Gateway" else document.kind.lower()
