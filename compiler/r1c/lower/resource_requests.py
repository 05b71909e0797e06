"""What the containers ask the node for: CPU, memory and disk, from the machine's figures and GKE's own share.

A group in a queue requests only GPUs: Kueue never admits a workload that requests a resource that its queue
does not cover, and the queues of Cluster Toolkit cover nvidia.com/gpu only (evidence.md, scheduling).
"""

from __future__ import annotations

import math
from typing import Any

from r1c import facts
from r1c.facts.service_limits import Tiers
from r1c.resolve.plan import Plan

Requests = dict[str, Any]

_CHECKPOINT_MARGIN = 1.1


def server(plan: Plan) -> Requests:
    """Return the server's requests: its GPUs' part of a share of the node, and the disk that the model fills.

    The checkpoint counts on the node's SSD too, where the kubelet does not count it: a node without local
    SSDs, or with too little space, is then passed over instead of filled.
    """
    if plan.scheduling.queue:
        return {}
    figures, group = facts.defaults().server, plan.group
    part = figures.share * group.gpus_per_pod / group.gpus_per_node
    size = plan.model.architecture.checkpoint_bytes if plan.model.architecture else None
    on_ssd = size if plan.weights.cached_on_ssd else None
    model = math.ceil((on_ssd or 0) * _CHECKPOINT_MARGIN / 2**30)
    return {
        "cpu": int(part * allocatable_cpus(plan.platform)),
        "memory": f"{int(part * allocatable_memory(plan.platform))}Gi",
        "ephemeral-storage": f"{model + figures.scratch_gib}Gi",
    }


def sidecar(plan: Plan, container: str) -> dict[str, Any]:
    """Return the resources of the receive `daemon` or the plugin's `installer`, as a container's entry."""
    if plan.scheduling.queue:
        return {}
    return {"resources": {"requests": dict(facts.defaults().sidecars[container])}}


def allocatable_cpus(platform: facts.Platform) -> float:
    """Return the CPUs that GKE leaves of a node for pods."""
    return platform.vcpus - _reserved(platform.vcpus, facts.limits().node_reservation.cpu)


def allocatable_memory(platform: facts.Platform) -> float:
    """Return the memory that GKE leaves of a node for pods, in GiB."""
    figures, size = facts.limits().node_reservation, platform.host_memory_gb
    return size - _reserved(size, figures.memory_gib) - figures.eviction_gib


def _reserved(size: float, tiers: Tiers) -> float:
    """Sum up the shares of a size's parts: each tier says up to where its share counts, None without end."""
    total, start = 0.0, 0.0
    for end, share in tiers:
        stop = size if end is None else min(size, end)
        total += max(stop - start, 0.0) * share
        start = stop
    return total
