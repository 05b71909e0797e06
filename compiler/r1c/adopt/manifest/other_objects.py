"""A stream -> the text of the objects that are not part of the recipe but needed with it, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.names import CLUSTERS_OWN, NO_PART
from r1c.adopt.manifest.no_credentials import without_credentials
from r1c.adopt.manifest.service import CLUSTERS
from r1c.adopt.manifest.service_ports import retargeted
from r1c.adopt.manifest.stream import Object, Stream
from r1c.adopt.profile_draft import Draft
from r1c.emit.yaml import to_yaml
from r1c.record import record

_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@record
class Around:
    """What the objects refer to: the labels of the built pods, the source's pods, the patch's ConfigMaps.

    `made` has the kind and name of each object that r1c and LWS make.
    """

    labels: tuple[Mapping[str, Any], ...]
    pods: tuple[Mapping[str, Any], ...]
    config_maps: tuple[str, ...]
    made: frozenset[tuple[str, str]]


def other_objects(stream: Stream, draft: Draft, around: Around, left: dict[str, str]) -> Mapping[str, str]:
    """Return the objects that are not the recipe's; what cannot be there is named in `left`."""
    named = dict(draft.dropped)
    found: dict[str, str] = {}
    for item in stream.objects:
        what = f"{item.kind} {item.name}"
        used = item.kind == "ConfigMap" and item.name in around.config_maps
        if what not in named:
            continue
        data: dict[str, Any] | str = ""
        if (item.kind, item.name) in around.made:
            data = f"the recipe has a {item.kind} with this name itself"
        elif item.kind == "Service":
            data = _service(item, around)
        elif named[what] == NO_PART or used:
            data = _own(item.data)
        if isinstance(data, dict):
            found[what] = to_yaml(without_credentials(data, (what,), left))
        elif data:
            left[what] = data
    return found


def _service(item: Object, around: Around) -> dict[str, Any] | str:
    """Return a Service that selects pods of the recipe; or why it does not."""
    selector = section(item.data, "spec", "selector")
    if not any(set(selector.items()) <= set(labels.items()) for labels in around.labels) or not selector:
        return "its selector matches no pod of the recipe"
    data = _own(item.data)
    spec = {key: value for key, value in data["spec"].items() if key not in CLUSTERS or "None" in value}
    ports = []
    for entry in entries(spec.get("ports")):
        port = retargeted(entry, around.pods)
        if isinstance(port, str):
            return port
        ports.append({key: value for key, value in port.items() if key != "nodePort"})
    return {**data, "spec": {**spec, "ports": ports}}


def _own(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without what the cluster wrote into it."""
    metadata = {key: value for key, value in section(data, "metadata").items() if key not in CLUSTERS_OWN}
    notes = {key: value for key, value in section(metadata, "annotations").items() if key != _APPLIED}
    kept = {key: value for key, value in metadata.items() if key != "annotations"}
    annotations = {"annotations": notes} if notes else {}
    return {
        key: {**kept, **annotations} if key == "metadata" else value
        for key, value in data.items()
        if key != "status"
    }
