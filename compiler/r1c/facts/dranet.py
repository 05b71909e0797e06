"""GKE's managed DRANET (facts/dranet.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from r1c import facts
from r1c.facts.entry import fill
from r1c.record import named_record


@named_record
class Dranet:
    """The whole file.

    `nics` maps a platform to the RDMA NICs of a node; `interface` is the name of one in the pod, with {index}
    from 0 on. `pool_flags` create a node pool whose nodes have `node_labels`. `kueue_refuses` is the first
    Kueue release that by default refuses a group with claims.
    """

    api_version: str
    device_class: str
    minimum_gke: str
    nics: Mapping[str, int]
    interface: str
    node_labels: Mapping[str, str]
    pool_flags: tuple[str, ...]
    driver_namespace: str
    driver_daemon_set: str
    kueue_refuses: str


@cache
def read() -> Dranet:
    """Return the table."""
    return fill(Dranet, facts.data("dranet"))
