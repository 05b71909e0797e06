"""network.mode: dranet -> the claim by which each pod of a group gets the NICs of its GPUs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from r1c.facts import dranet
from r1c.record import record

if TYPE_CHECKING:
    from r1c import facts


@record
class Claim:
    """A claim: the class of the devices and how many, the interfaces that they are in the pod.

    `node_labels` are those of the nodes that have such devices.
    """

    device_class: str
    count: int
    interfaces: tuple[str, ...]
    node_labels: Mapping[str, str]


def claim_of(platform: facts.Platform, nodes: int) -> Claim | None:
    """Return the claim of a group of `nodes`; None for one node and for a platform without DRANET."""
    known = dranet.read()
    count = known.nics.get(platform.id, 0)
    if nodes == 1 or not count:
        return None
    names = tuple(known.interface.replace("{index}", str(index)) for index in range(count))
    return Claim(known.device_class, count, names, known.node_labels)
