"""spec.provisioning: where the nodes come from, and how close together the nodes of a group are."""

from __future__ import annotations

from typing import Annotated, Literal

from r1c import facts
from r1c.profile.section import info, section

_RUN = facts.limits().flex_start


@section
class Reservation:
    """A reservation of Compute Engine."""

    name: Annotated[str, info(examples=["a3-mega-2026"])]
    """Name of the reservation."""
    project: Annotated[str | None, info(examples=["shared-project"])] = None
    """Project of a shared reservation. Default: cluster.project."""
    block: Annotated[str | None, info(examples=["block-1"])] = None
    """Block of the reservation. Default: any."""
    subblock: Annotated[str | None, info(examples=["subblock-1"])] = None
    """Subblock of the block. Default: any."""


@section
class Topology:
    """Topology-aware scheduling by Kueue."""

    level: Annotated[str, info(examples=["cloud.google.com/gce-topology-block"])]
    """Node label whose values are the domains."""
    required: bool = False
    """true: all nodes of a group in one domain, or it waits. false: if possible."""


@section
class Provisioning:
    """How the nodes of the groups are obtained, in place of node labels and tolerations in scheduling."""

    model: Literal["standard", "reservation", "spot", "flexStart", "queued"] = "standard"
    """standard: nodes that the cluster has. reservation: nodes of one reservation. spot: Spot VMs. flexStart:
    Dynamic Workload Scheduler, at most 7 days. queued: flexStart through Kueue, all nodes of a group at once.
    """
    reservation: Reservation | None = None
    """The reservation, with model: reservation."""
    max_run_seconds: Annotated[
        int | None, info(ge=_RUN.least_run_seconds, le=_RUN.longest_run_seconds, examples=[86400])
    ] = None
    """With model: queued, seconds after which the nodes of a group are deleted. Default: 7 days."""
    topology: Topology | None = None
    """How close together the nodes of a group must be, with scheduling.queue. Default: any nodes."""
