"""The clusters of two sides -> the move between them, and the command that deletes the old objects."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from r1c.difference.documents import Document
from r1c.difference.downtime import Downtime
from r1c.difference.effects import Effect, Impact, impact, resource
from r1c.lower.kinds import KINDS
from r1c.record import record

_DELETED = tuple(kind.name for kind in KINDS if not kind.shared)


@record
class Move:
    """From one cluster to another."""

    old: Mapping[str, str]
    new: Mapping[str, str]
    impact: Impact


def written(cluster: Mapping[str, str]) -> str:
    """Write a cluster: my-project/us-central1/my-cluster, with its zone for a zonal one."""
    return f"{cluster['project']}/{_location(cluster)}/{cluster['name']}"


def _location(cluster: Mapping[str, str]) -> str:
    """Return where gcloud finds a cluster."""
    return cluster.get("location", cluster["region"])


def context(cluster: Mapping[str, str]) -> str:
    """Return the kubectl context that `gcloud container clusters get-credentials` makes for a cluster."""
    return f"gke_{cluster['project']}_{_location(cluster)}_{cluster['name']}"


def move(
    downtime: Downtime, old: Mapping[str, str], new: Mapping[str, str], documents: Iterable[Document]
) -> Move:
    """Return the move of a recipe; `documents` are those that run in the old cluster."""
    text = (
        f"another cluster: the recipe starts in {written(new)} and {downtime.starting()} (RUNBOOK.md from "
        f"step 1 on); the one in {written(old)} keeps running and holds its {downtime.held()} until you "
        "delete it there"
    )
    kept = f"{downtime.held()} stay in {written(old)} until deleted"
    brief = f"{downtime.wanted()} more in {written(new)}; {kept}"
    return Move(old, new, impact(Effect.ELSEWHERE, text, "cluster", _deletion(old, documents), brief))


def _deletion(cluster: Mapping[str, str], documents: Iterable[Document]) -> str | None:
    """Return the command that deletes a recipe's objects in its own cluster, whatever context is current."""
    found = sorted(
        (item for item in documents if item.kind in _DELETED), key=lambda item: _DELETED.index(item.kind)
    )
    if not found:
        return None
    names = (f"{resource(item)}/{item.name}" for item in found)
    words = ["kubectl", "--context", context(cluster), "delete", *names, "-n", found[0].namespace]
    return shlex.join([*words, "--ignore-not-found"])
