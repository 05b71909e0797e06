"""The Service that selects the leader -> type and port, and the names of what a profile does not have."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.adopt.manifest.account import at_path, left
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.names import CLUSTERS_OWN, OVERLAY, value_shown
from r1c.adopt.manifest.stream import Object, Stream
from r1c.adopt.manifest.workload import Workload
from r1c.adopt.profile_draft import Draft, at, given, join
from r1c.diagnostics import Path

_OWN: tuple[str, ...] = (
    "clusterIP",
    "clusterIPs",
    "ipFamilies",
    "ipFamilyPolicy",
    "internalTrafficPolicy",
    "sessionAffinity",
)
_OWN += ("externalTrafficPolicy", "selector", "publishNotReadyAddresses", "allocateLoadBalancerNodePorts")


def chosen(stream: Stream, one: Workload) -> Object | None:
    """Return the first Service that selects the leader."""
    labels = {str(value) for value in section(one.template, "metadata", "labels").values()}
    for item in stream.objects:
        selected = {str(value) for value in section(item.data, "spec", "selector").values()}
        if item.kind == "Service" and selected & {*labels, one.item.name}:
            return item
    return None


def services(stream: Stream, one: Workload, draft: Draft) -> Draft:
    """Return type and port of the leader's Service, and name the rest of it, and every other Service."""
    item = chosen(stream, one)
    if item is None:
        return Draft()
    port = draft.fields.get(at("spec.service.port"), 8000)
    kind = section(item.data, "spec").get("type")
    return join(given({"spec.service.type": kind}), Draft(dropped=tuple(_dropped(item, one, port))))


def _dropped(item: Object, one: Workload, port: object) -> Iterator[tuple[str, str]]:
    spec = section(item.data, "spec")
    for index, entry in enumerate(entries(spec.get("ports"))):
        if index or entry.get("port") != port:
            reason = f"a profile has one port for Service and server: the server's, {port}"
            yield f"port {entry.get('port')} of Service {item.name}", reason
    if item.name != f"{one.item.name}-svc":
        reason = f"r1c names it {one.item.name}-svc: clients must use that name"
        yield f"the name of Service {item.name}", reason
    taken: list[Path] = [("apiVersion",), ("kind",), ("metadata", "name"), ("spec", "type")]
    for index, _ in enumerate(entries(spec.get("ports"))):
        taken += [("spec", "ports", index, *(() if index else ("port",)))]
    names, cluster = list[str](), list[str]()
    for path in left(item.data, taken, lambda path: path in _OPENED):
        key = str(path[-1])
        if path[0] == "status" or (path[0] == "metadata" and key in CLUSTERS_OWN):
            cluster.append(key)
        elif (path[:1] == ("spec",) and key in _OWN) or path == ("metadata", "namespace"):
            names.append(key)
        elif path[:2] in (("metadata", "labels"), ("metadata", "annotations")):
            what = "label" if path[1] == "labels" else "annotation"
            yield f"{what} {key}{value_shown(at_path(item.data, path))} of Service {item.name}", OVERLAY
        elif path[:2] == ("spec", "ports"):
            names.append(f"ports.{key}")
        else:
            yield f"{key}{value_shown(at_path(item.data, path))} of Service {item.name}", OVERLAY
    if names:
        yield f"{', '.join(names)} of Service {item.name}", "r1c writes its own"
    if cluster:
        yield f"{', '.join(cluster)} of Service {item.name}", "the cluster writes it"


_OPENED: tuple[Path, ...] = (
    (),
    ("metadata",),
    ("metadata", "labels"),
    ("metadata", "annotations"),
    ("spec",),
)
