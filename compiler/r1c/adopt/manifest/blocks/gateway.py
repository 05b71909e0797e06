"""HTTPRoute, Gateway, policies and endpoint picker -> spec.gateway."""

from __future__ import annotations

from typing import Any

from r1c.adopt.manifest.blocks.around import Around, Found, Key
from r1c.adopt.manifest.container import entries, section
from r1c.lower.gateway import MODEL

_PICKER = ("ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Service", "Deployment")


def read(around: Around) -> Found | None:
    """Return the block of a route to the leaders, by the Service or by a pool."""
    route = around.object("HTTPRoute")
    spec = section(route, "spec") if route else {}
    parents, rules = entries(spec.get("parentRefs")), entries(spec.get("rules"))
    if len(parents) != 1 or len(rules) != 1:
        return None
    objects: list[Key] = [("HTTPRoute", around.name)]
    value: dict[str, Any] = {}
    own = around.object("Gateway")
    if parents[0].get("name") == around.name and own:
        objects.append(("Gateway", around.name))
        listeners = entries(section(own, "spec").get("listeners"))
        kind = section(own, "spec").get("gatewayClassName")
        if kind != "gke-l7-rilb":
            value["className"] = kind
        certificates = entries(section(listeners[0], "tls").get("certificateRefs")) if listeners else []
        if certificates:
            value["tlsSecretName"] = certificates[0].get("name")
    else:
        value["name"] = parents[0].get("name")
        if parents[0].get("namespace"):
            value["namespace"] = parents[0]["namespace"]
    names = spec.get("hostnames")
    if isinstance(names, list) and names:
        value["hostnames"] = names
    matches = entries(rules[0].get("matches"))
    headers = entries(matches[0].get("headers")) if matches else []
    if any(header.get("name") == MODEL for header in headers):
        value["byModel"] = True
    limits = around.object("GCPBackendPolicy")
    seconds = section(limits, "spec", "default").get("timeoutSec") if limits else None
    if seconds is not None and seconds != around.known("spec.scheduling.terminationGracePeriodSeconds", 600):
        value["timeoutSeconds"] = seconds
    objects += [
        (kind, around.name) for kind in ("HealthCheckPolicy", "GCPBackendPolicy") if around.object(kind)
    ]
    pool = around.object("InferencePool")
    if pool:
        mode = section(pool, "spec", "endpointPickerRef").get("failureMode")
        value["endpointPicker"] = {} if mode == "FailOpen" else {"failureMode": mode}
        objects.append(("InferencePool", around.name))
        picker = f"{around.name}-epp"
        objects += [(kind, picker) for kind in _PICKER if around.object(kind, picker)]
    return Found(value, tuple(objects))
