"""What applying a change can do to a cluster, in words that all impacts share."""

from __future__ import annotations

import enum
import shlex

from r1c import facts
from r1c.difference.documents import Document
from r1c.record import record

NOTHING = "nothing on the cluster"


class Effect(enum.StrEnum):
    """What applying a change does, the gravest first."""

    REPLACED = "delete-and-recreate"
    RECREATED = "groups-recreated"
    SCALED = "groups-added-or-removed"
    MOVED = "made-anew"
    LEFT = "left-behind"
    BUILD = "image-to-build"
    STALE = "image-not-picked-up"
    JOB = "job-to-delete"
    CREATED = "created"
    IN_PLACE = "in-place"
    NOTHING = "nothing"


@record
class Impact:
    """An effect in words, the fact behind it, and the command that it takes beyond `kubectl apply`.

    `out` says in a few words what is out of service meanwhile.
    """

    effect: Effect
    text: str
    fact: str
    command: str | None = None
    out: str | None = None


def impact(
    effect: Effect, text: str, name: str, command: str | None = None, out: str | None = None
) -> Impact:
    """Return an impact with the fact of that name in facts/impact.yaml."""
    return Impact(effect, text, facts.table("impact")["data"][name]["why"], command, out)


def deletion(document: Document) -> str:
    """Return the command that deletes an object."""
    words = ["kubectl", "delete", document.kind.lower(), document.name]
    return shlex.join([*words, "-n", document.namespace] if document.namespace else words)
