"""The effect on a running recipe of applying a changed field (facts/impact.yaml)."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from r1c import facts

Reason = Literal[
    "applied",
    "claim",
    "cluster",
    "disruption",
    "externalSecret",
    "externalSecretOwner",
    "image",
    "job",
    "jobSettings",
    "metadata",
    "monitoring",
    "name",
    "notApplied",
    "picker",
    "prefetch",
    "protection",
    "queue",
    "queued",
    "replicas",
    "revision",
    "rollout",
    "scaledAndRolled",
    "scaling",
    "unscaled",
    "secretFile",
    "secretGenerator",
    "service",
    "size",
    "subGroups",
    "topology",
]
"""The entries of the file."""


@cache
def _data() -> Any:
    return facts.data("impact")


def why(reason: Reason) -> str:
    """Return the fact behind an impact, as a sentence."""
    text: str = _data()[reason]["why"]
    return text


def size_mutable() -> str:
    """Return the first LeaderWorkerSet release that accepts a new size of groups."""
    since: str = _data()["size"]["mutable"]
    return since


def queued_size_fixed() -> str:
    """Return the first Kueue release that refuses a new size of admitted groups."""
    since: str = _data()["queued"]["sizeFixed"]
    return since
