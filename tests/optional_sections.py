"""What a section that a profile may leave out needs where it is there."""

from __future__ import annotations

from typing import Any

NEEDED: dict[str, dict[str, Any]] = {
    "spec.scaling": {"adapter": "keda", "maxReplicas": 3},
    "spec.provisioning.reservation": {"name": "my-reservation"},
    "spec.provisioning.topology": {"level": "cloud.google.com/gce-topology-block"},
}


def needed(path: str) -> dict[str, Any]:
    """Return the required fields of a section, by its path."""
    return dict(NEEDED.get(path, {}))
