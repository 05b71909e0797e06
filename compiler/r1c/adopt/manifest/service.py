"""The Service that selects the leader -> type and port, and the names of what a profile does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from r1c.adopt.manifest.account import at_path, left
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.named_parts import LABELS_OWN, NOTES_CLUSTER
from r1c.adopt.manifest.names import ADD, CLUSTERS_OWN, OVERLAY, value_shown
from r1c.adopt.manifest.stream import Object, Stream
from r1c.adopt.manifest.workload import Workload
from r1c.adopt.profile_draft import Draft, Part, at, given, join
from r1c.diagnostics import Path

_OWN = ("selector",)
_USUAL: Mapping[str, Any] = {
    "ipFamilyPolicy": "SingleStack",
    "internalTrafficPolicy": "Cluster",
    "externalTrafficPolicy": "Cluster",
    "sessionAffinity": "None",
    "publishNotReadyAddresses": False,
    "allocateLoadBalancerNodePorts": True,
}
"""Fields that the cluster fills in; with another value somebody wants it."""
CLUSTERS = ("clusterIP", "clusterIPs", "ipFamilies", "healthCheckNodePort")
_PORTS_OWN = ("name", "port", "protocol", "targetPort")


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
    parts = (*_ports(item, port), *(Part(name, path, kind="Service") for name, path in _overlay(item, port)))
    return join(
        given({"spec.service.type": kind}),
        Draft(dropped=tuple(_dropped(item, one, port, parts)), overlay=parts),
    )


def _dropped(item: Object, one: Workload, port: object, overlay: Iterable[Part]) -> Iterator[tuple[str, str]]:
    one_port = f"a profile has one port for Service and server: the server's, {port}; {ADD}"
    ports = {part.what for part in overlay if part.path[:2] == ("spec", "ports") and len(part.path) == 3}
    if item.name != f"{one.item.name}-svc":
        reason = f"r1c names it {one.item.name}-svc: clients must use that name"
        yield f"the name of Service {item.name}", reason
    names, cluster = list[str](), list[str]()
    for path in _left(item, port):
        key = str(path[-1])
        if _is_clusters(item, path):
            cluster.append(key)
        elif _is_own(path):
            label = "label " if path[:2] == ("metadata", "labels") else ""
            names.append(f"ports.{key}" if path[:2] == ("spec", "ports") else f"{label}{key}")
    yield from ((part.what, one_port if part.what in ports else OVERLAY) for part in overlay)
    if names:
        yield f"{', '.join(names)} of Service {item.name}", "r1c writes its own"
    if cluster:
        yield f"{', '.join(cluster)} of Service {item.name}", "the cluster writes it"


def _left(item: Object, port: object) -> Iterator[Path]:
    """Yield the parts of a Service that the profile does not have."""
    taken: list[Path] = [("apiVersion",), ("kind",), ("metadata", "name"), ("spec", "type")]
    own = _own_port(item, port)
    for index, _ in enumerate(entries(section(item.data, "spec").get("ports"))):
        taken += [("spec", "ports", index, *(("port",) if index == own else ()))]
    return left(item.data, taken, lambda path: path in _OPENED)


def _ports(item: Object, port: object) -> Iterator[Part]:
    """Yield the ports besides the server's."""
    for index, entry in enumerate(entries(section(item.data, "spec").get("ports"))):
        if index != _own_port(item, port):
            name = f"port {entry.get('port')} of Service {item.name}"
            yield Part(name, ("spec", "ports", index), kind="Service")


def _own_port(item: Object, port: object) -> int | None:
    """Return which port is the server's, the first one with its number."""
    listed = entries(section(item.data, "spec").get("ports"))
    return next((index for index, entry in enumerate(listed) if entry.get("port") == port), None)


def _is_own(path: Path) -> bool:
    """Tell whether r1c writes a part of the Service itself."""
    return (
        path == ("metadata", "namespace")
        or (path[:2] == ("metadata", "labels") and str(path[-1]).startswith(LABELS_OWN))
        or (path[:1] == ("spec",) and str(path[-1]) in _OWN)
        or (path[:2] == ("spec", "ports") and str(path[-1]) in _PORTS_OWN)
    )


def _is_clusters(item: Object, path: Path) -> bool:
    """Tell whether the cluster writes a part of the Service, or would choose the same."""
    key, value = str(path[-1]), at_path(item.data, path)
    if path[0] in ("status", "metadata"):
        own = NOTES_CLUSTER if path[1:2] == ("annotations",) else CLUSTERS_OWN if len(path) == 2 else ()
        return path[0] == "status" or key in own
    if key == "nodePort":
        return section(item.data, "spec").get("type") != "NodePort"
    return (key in CLUSTERS and value not in ("None", ["None"])) or _USUAL.get(key, ...) == value


def _overlay(item: Object, port: object) -> Iterator[tuple[str, Path]]:
    """Yield how each part is named that only an overlay can add, and its path."""
    for path in _left(item, port):
        key = str(path[-1])
        if _is_own(path) or _is_clusters(item, path):
            continue
        kinds = {"labels": "label ", "annotations": "annotation "}
        what = kinds.get(str(path[1]), "") if path[0] == "metadata" and len(path) > 2 else ""
        yield f"{what}{key}{value_shown(at_path(item.data, path))} of Service {item.name}", path


_OPENED: tuple[Path, ...] = (
    (),
    ("metadata",),
    ("metadata", "labels"),
    ("metadata", "annotations"),
    ("spec",),
)
