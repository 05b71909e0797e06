"""Node labels, tolerations and annotations -> spec.provisioning."""

from __future__ import annotations

from typing import Any, Literal

from r1c.adopt.manifest.blocks.around import Around, Found
from r1c.adopt.manifest.container import entries, section
from r1c.resolve.provisioning import Provisioning, Reservation

_LABEL = "cloud.google.com"
_RESERVATION = {
    "name": "reservation-name",
    "project": "reservation-project",
    "block": "reservation-blocks",
    "subblock": "reservation-subblocks",
}
_TOPOLOGY = (
    ("kueue.x-k8s.io/podset-required-topology", True),
    ("kueue.x-k8s.io/podset-preferred-topology", False),
)
_RUN = "provreq.kueue.x-k8s.io/maxRunDurationSeconds"


def read(around: Around) -> Found | None:
    """Return the block of a reservation, Spot or flex-start, and of Kueue's topology."""
    spec = section(around.template(), "spec")
    selector, tolerations = section(spec, "nodeSelector"), entries(spec.get("tolerations"))
    model: Literal["standard", "reservation", "spot", "flexStart", "queued"] = "standard"
    reservation = None
    queued = Provisioning("queued", None, None, None).tolerations
    if f"{_LABEL}/reservation-name" in selector:
        model = "reservation"
        found = {field: selector.get(f"{_LABEL}/{label}") for field, label in _RESERVATION.items()}
        reservation = {field: value for field, value in found.items() if value}
    elif selector.get(f"{_LABEL}/gke-spot") == "true":
        model = "spot"
    elif selector.get(f"{_LABEL}/gke-flex-start") == "true":
        model = "queued" if all(dict(item) in tolerations for item in queued) else "flexStart"
    value: dict[str, Any] = {} if model == "standard" else {"model": model}
    if reservation:
        value["reservation"] = reservation
    seconds = section(around.one.item.data, "metadata", "annotations").get(_RUN)
    if model == "queued" and str(seconds).isdigit():
        value["maxRunSeconds"] = int(str(seconds))
    for key, required in _TOPOLOGY:
        level = around.annotations().get(key)
        if isinstance(level, str):
            value["topology"] = {"level": level, **({"required": True} if required else {})}
    if not value:
        return None
    same = Provisioning(model, Reservation(**_filled(reservation)) if reservation else None, None, None)
    if not same.selector.items() <= selector.items():
        return None
    return Found(value, node_labels=tuple(same.selector), tolerations=tuple(map(dict, same.tolerations)))


def _filled(reservation: dict[str, Any]) -> dict[str, Any]:
    return {field: reservation.get(field) for field in _RESERVATION}
