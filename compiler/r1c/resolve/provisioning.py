"""The provisioning section of a profile -> the labels, tolerations and annotations that ask for its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from r1c.record import record

if TYPE_CHECKING:
    from r1c.profile.model import Spec


@record
class Topology:
    """The node label of the domains, and whether a group must be in one."""

    level: str
    required: bool


@record
class Reservation:
    """A reservation; `project` is None for one of the cluster's own project."""

    name: str
    project: str | None
    block: str | None
    subblock: str | None


@record
class Provisioning:
    """How nodes are obtained."""

    model: Literal["standard", "reservation", "spot", "flexStart", "queued"]
    reservation: Reservation | None
    max_run_seconds: int | None
    topology: Topology | None

    @property
    def selector(self) -> Mapping[str, str]:
        """The labels of the nodes."""
        found = self.reservation if self.model == "reservation" else None
        if found:
            wanted = {
                "reservation-name": found.name,
                "reservation-affinity": "specific",
                "reservation-project": found.project,
                "reservation-blocks": found.block,
                "reservation-subblocks": found.subblock,
            }
        else:
            label = {"spot": "gke-spot", "flexStart": "gke-flex-start", "queued": "gke-flex-start"}.get(
                self.model
            )
            wanted = {label: "true"} if label else {}
        return {f"cloud.google.com/{key}": value for key, value in wanted.items() if value}

    @property
    def tolerations(self) -> tuple[Mapping[str, Any], ...]:
        """The taints of the nodes in addition to that of their GPUs."""
        if self.model != "queued":
            return ()
        taint = {
            "key": "cloud.google.com/gke-queued",
            "operator": "Equal",
            "value": "true",
            "effect": "NoSchedule",
        }
        return (taint,)


def provisioning_of(spec: Spec) -> Provisioning | None:
    """Return the section as it is."""
    asked = spec.provisioning
    if asked is None:
        return None
    found, level = asked.reservation, asked.topology
    return Provisioning(
        asked.model,
        Reservation(found.name, found.project, found.block, found.subblock) if found else None,
        asked.max_run_seconds,
        Topology(level.level, level.required) if level else None,
    )
