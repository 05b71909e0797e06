"""The scheduling section of a profile -> where the pods of the plan may run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from r1c import facts
from r1c.resolve.plan import Scheduling

if TYPE_CHECKING:
    from r1c.profile.model import Spec, Toleration


def scheduling_of(spec: Spec, platform: facts.Platform) -> Scheduling:
    """Return selector and tolerations: the profile's, else the platform's."""
    asked = spec.scheduling
    tolerations: tuple[Mapping[str, Any], ...] = platform.tolerations
    if asked.tolerations is not None:
        tolerations = tuple(_toleration(item) for item in asked.tolerations)
    selector = asked.node_selector
    return Scheduling(
        tuple(asked.target_nodes),
        asked.queue,
        asked.priority_class,
        {"cloud.google.com/gke-accelerator": platform.accelerator_label} if selector is None else selector,
        tolerations,
        asked.exclusive_topology,
        asked.termination_grace_period_seconds,
        asked.max_nodes,
    )


def _toleration(asked: Toleration) -> Mapping[str, Any]:
    """Return a toleration as Kubernetes has it."""
    given = {
        "key": asked.key,
        "operator": asked.operator,
        "value": asked.value,
        "effect": asked.effect,
        "tolerationSeconds": asked.toleration_seconds,
    }
    return {name: value for name, value in given.items() if value is not None}
