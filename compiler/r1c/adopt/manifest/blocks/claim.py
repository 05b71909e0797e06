"""A claim of RDMA NICs -> network.mode: dranet."""

from __future__ import annotations

from r1c.adopt.manifest.blocks.around import Around, Found
from r1c.adopt.manifest.container import entries, section
from r1c.facts import dranet

KIND = "ResourceClaimTemplate"


def read(around: Around) -> Found | None:
    """Return the mode where the pods claim devices of the class of GKE's managed DRANET."""
    claims = entries(section(around.template(), "spec").get("resourceClaims"))
    names = [str(claim.get("resourceClaimTemplateName")) for claim in claims]
    item = around.object(KIND, names[0]) if len(names) == 1 else None
    requests = entries(section(item, "spec", "spec", "devices").get("requests")) if item else []
    classes = [section(request, "exactly").get("deviceClassName") for request in requests]
    known = dranet.read()
    if classes != [known.device_class]:
        return None
    return Found("dranet", ((KIND, names[0]),), node_labels=tuple(known.node_labels))
