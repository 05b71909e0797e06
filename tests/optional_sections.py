"""What a section that a profile may leave out must have where it is there."""

from __future__ import annotations

from typing import Any

NEEDED: dict[str, dict[str, Any]] = {
    "spec.scaling": {"adapter": "keda", "maxReplicas": 2},
    "spec.provisioning.reservation": {"name": "a3"},
    "spec.provisioning.topology": {"level": "cloud.google.com/gce-topology-block"},
}
