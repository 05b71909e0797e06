"""The ports of a source's Services -> ports that name what the built pods have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from r1c.adopt.manifest.container import entries, section

Ports = Sequence[Mapping[str, Any]]


def retargeted(entry: Mapping[str, Any], templates: Iterable[Mapping[str, Any]]) -> dict[str, Any] | str:
    """Return a port with the number that its name has in the source's pods; or why there is none.

    r1c names the ports of its containers itself, so that a name of the source may not be in the built pods.
    """
    target = entry.get("targetPort")
    if not isinstance(target, str):
        return dict(entry)
    numbers = [
        port.get("containerPort")
        for template in templates
        for container in entries(section(template, "spec").get("containers"))
        for port in entries(container.get("ports"))
        if port.get("name") == target
    ]
    if not numbers:
        return f"no container has a port with the name {target}"
    return {**entry, "targetPort": numbers[0]}


def added(entry: Mapping[str, Any], ours: Ports, *, node_port: bool) -> dict[str, Any] | str:
    """Return an additional port for a Service, or why it is not possible."""
    protocol = entry.get("protocol", "TCP")
    if any(port["port"] == entry.get("port") and port["protocol"] == protocol for port in ours):
        return f"r1c writes port {entry.get('port')} itself"
    name = entry.get("name") or f"port-{entry.get('port')}"
    if any(port["name"] == name for port in ours):
        name = f"{name}-{entry.get('port')}"
    kept = {key: value for key, value in entry.items() if key != "nodePort" or node_port}
    return {"port": entry.get("port"), "protocol": protocol, **kept, "name": name}
