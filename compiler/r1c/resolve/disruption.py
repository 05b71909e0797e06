"""The disruption and rollout sections of a profile -> how groups are replaced and protected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from r1c.record import record

if TYPE_CHECKING:
    from r1c.profile.model import Spec


@record
class Disruption:
    """How many groups a drain may take, and whether the autoscaler may move pods."""

    max_unavailable: int
    safe_to_evict: bool


@record
class Rollout:
    """How a rolling update replaces groups; without a partition it replaces all of them."""

    max_unavailable: int
    max_surge: int
    partition: int | None


def disruption_of(spec: Spec) -> Disruption | None:
    """Return the section as it is."""
    asked = spec.disruption
    return None if asked is None else Disruption(asked.max_unavailable, asked.safe_to_evict)


def rollout_of(spec: Spec) -> Rollout | None:
    """Return the section as it is."""
    asked = spec.rollout
    return None if asked is None else Rollout(asked.max_unavailable, asked.max_surge, asked.partition)
