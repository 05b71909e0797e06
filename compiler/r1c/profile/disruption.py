"""spec.disruption and spec.rollout: how many groups may be unavailable, and how a change is rolled out."""

from __future__ import annotations

from typing import Annotated

from r1c.profile.section import info, section


@section
class Disruption:
    """A PodDisruptionBudget over whole groups, and the nodes of running groups (disruption.yaml)."""

    max_unavailable: Annotated[int, info(ge=1)] = 1
    """Groups that drains and node upgrades may take down at a time."""
    safe_to_evict: bool = False
    """Whether the cluster autoscaler may move the pods of a group to remove their node."""


@section
class Rollout:
    """How LeaderWorkerSet replaces groups when the pods change."""

    max_unavailable: Annotated[int, info(ge=0)] = 1
    """Groups that may be unavailable during a rollout."""
    max_surge: Annotated[int, info(ge=0)] = 0
    """Groups that a rollout may add while it runs; each needs the nodes of a group."""
    partition: Annotated[int | None, info(ge=0, examples=[1])] = None
    """Groups with a number below it keep the old pods. Default: all groups are replaced."""
