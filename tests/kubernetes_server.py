"""A Kubernetes API server for kubectl to talk to: it holds objects, serves and deletes them, and has logs."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Object = dict[str, Any]

KINDS = {
    ("v1", "Node"): ("nodes", False),
    ("v1", "Namespace"): ("namespaces", False),
    ("v1", "Pod"): ("pods", True),
    ("v1", "Event"): ("events", True),
    ("v1", "PersistentVolumeClaim"): ("persistentvolumeclaims", True),
    ("v1", "Secret"): ("secrets", True),
    ("v1", "Service"): ("services", True),
    ("v1", "ServiceAccount"): ("serviceaccounts", True),
    ("apps/v1", "DaemonSet"): ("daemonsets", True),
    ("apps/v1", "Deployment"): ("deployments", True),
    ("batch/v1", "Job"): ("jobs", True),
    ("storage.k8s.io/v1", "CSIDriver"): ("csidrivers", False),
    ("resource.k8s.io/v1", "DeviceClass"): ("deviceclasses", False),
    ("resource.k8s.io/v1", "ResourceSlice"): ("resourceslices", False),
    ("resource.k8s.io/v1", "ResourceClaimTemplate"): ("resourceclaimtemplates", True),
    ("networking.gke.io/v1", "Network"): ("networks", False),
    ("networking.gke.io/v1", "GKENetworkParamSet"): ("gkenetworkparamsets", False),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): ("customresourcedefinitions", False),
    ("scheduling.k8s.io/v1", "PriorityClass"): ("priorityclasses", False),
    ("v1", "ResourceQuota"): ("resourcequotas", True),
    ("v1", "LimitRange"): ("limitranges", True),
    ("kueue.x-k8s.io/v1beta1", "ClusterQueue"): ("clusterqueues", False),
    ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"): ("leaderworkersets", True),
    ("kueue.x-k8s.io/v1beta1", "LocalQueue"): ("localqueues", True),
    ("external-secrets.io/v1", "ExternalSecret"): ("externalsecrets", True),
    ("external-secrets.io/v1", "ClusterSecretStore"): ("clustersecretstores", False),
    ("external-secrets.io/v1", "SecretStore"): ("secretstores", True),
}
"""What the server knows: apiVersion and kind, the name in paths, and whether objects are in a namespace."""


@dataclass
class Cluster:
    """The objects by path, what was deleted, and how often a log is refused while its container waits."""

    objects: dict[str, Object]
    waiting: int = 1
    deleted: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first = copy.deepcopy(self.objects)

    def answer(self, method: str, url: str) -> tuple[int, Any]:
        """Return status and body for a request."""
        parts = urlsplit(url)
        path, query = parts.path.rstrip("/"), parse_qs(parts.query)
        if path == "/restore":
            self.objects = copy.deepcopy(self.first)
            return 200, "restored"
        if path in _DISCOVERY:
            return 200, _DISCOVERY[path]
        if path.endswith("/log"):
            return self._log(path, query)
        if path in self.objects:
            found = self.objects[path]
            if method == "DELETE":
                del self.objects[path]
                self.deleted.append(f"{found['kind']}/{found['metadata']['name']}")
            return 200, found
        kind = _collection(path)
        if kind is None:
            return 404, _status(404, "NotFound", f"{path} not found")
        if "watch" in query:
            return 200, ""
        there = (item for place, item in self.objects.items() if _listed_at(place, path))
        items = [item for item in there if _chosen(item, query)]
        return 200, {"kind": f"{kind}List", "apiVersion": "v1", "metadata": {}, "items": items}

    def _log(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if self.waiting:
            self.waiting -= 1
            text = f'container "{query["container"][0]}" in pod "x" is waiting to start: PodInitializing'
            return 400, _status(400, "BadRequest", text)
        self.logs.append(path.split("/")[-2])
        return 200, "Application startup complete.\n"


def path_of(item: Object) -> str:
    """Return the path that the API has an object at."""
    plural, namespaced = KINDS[item["apiVersion"], item["kind"]]
    root = "/api/" if item["apiVersion"] == "v1" else "/apis/"
    place = f"/namespaces/{item['metadata']['namespace']}" if namespaced else ""
    return f"{root}{item['apiVersion']}{place}/{plural}/{item['metadata']['name']}"


@contextmanager
def serve(cluster: Cluster) -> Iterator[str]:
    """Serve a cluster on a port of this machine; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = cluster.answer(self.command, self.path)
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            kind = "text/plain" if body and isinstance(body, str) else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_DELETE = _answer  # noqa: N815 the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _status(code: int, reason: str, message: str) -> Object:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": code,
        "reason": reason,
        "message": message,
    }


def _collection(path: str) -> str | None:
    plural = path.rpartition("/")[2]
    return next((kind for (_, kind), (name, _) in KINDS.items() if name == plural), None)


def _listed_at(place: str, path: str) -> bool:
    """Tell whether an object is in a list: of its namespace, or of all namespaces."""
    parent = place.rpartition("/")[0]
    root, _, rest = parent.partition("/namespaces/")
    return path in (parent, f"{root}/{rest.partition('/')[2]}" if "/" in rest else parent)


def _chosen(item: Object, query: dict[str, list[str]]) -> bool:
    labels, meta = item["metadata"].get("labels", {}), item["metadata"]
    for term in ",".join(query.get("labelSelector", [])).split(","):
        key, equals, value = term.partition("=")
        if term and (labels.get(key) != value if equals else key not in labels):
            return False
    names = [
        term.partition("=")[2]
        for term in ",".join(query.get("fieldSelector", [])).split(",")
        if term.startswith("metadata.name=")
    ]
    return not names or meta["name"] in names


_SHORT = {"Deployment": ["deploy"], "Service": ["svc"], "LeaderWorkerSet": ["lws"]}


def _discovery() -> dict[str, Object]:
    groups: dict[str, list[Object]] = {}
    for (version, kind), (plural, namespaced) in KINDS.items():
        entry = {
            "name": plural,
            "singularName": kind.lower(),
            "kind": kind,
            "namespaced": namespaced,
            "shortNames": _SHORT.get(kind, []),
            "verbs": ["get", "list", "watch", "delete"],
        }
        groups.setdefault(version, []).append(entry)
    listed = [
        {"name": name, "versions": [version], "preferredVersion": version}
        for text in groups
        if "/" in text
        for name in [text.partition("/")[0]]
        for version in [{"groupVersion": text, "version": text.partition("/")[2]}]
    ]
    found: dict[str, Object] = {
        "/version": {"major": "1", "minor": "32", "gitVersion": "v1.32.4-gke.1767000"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed},
    }
    for version, resources in groups.items():
        root = "/api/" if version == "v1" else "/apis/"
        body = {"kind": "APIResourceList", "groupVersion": version, "resources": resources}
        found[root + version] = body
    return found


_DISCOVERY = _discovery()
