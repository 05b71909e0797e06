"""A part of a workload that a profile does not have -> its name in messages, and the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.adopt.manifest.account import at_path
from r1c.adopt.manifest.container import entries, is_rdma
from r1c.adopt.manifest.names import ADD, CLUSTERS_OWN, OVERLAY, OWN, value_shown
from r1c.adopt.manifest.workload import Workload
from r1c.adopt.profile_draft import Draft, at
from r1c.diagnostics import Path
from r1c.lower.storage import BUCKET_OPTION
from r1c.names import GPU, INTERFACES

_SPEC_OWN: tuple[str, ...] = (
    "startupPolicy",
    "rolloutStrategy",
    "networkConfig",
    "strategy",
    "selector",
    "restartPolicy",
)
_SPEC_OWN += ("progressDeadlineSeconds", "revisionHistoryLimit", "minReadySeconds")
_POD_OWN: tuple[str, ...] = (
    "subdomain",
    "automountServiceAccountToken",
    "enableServiceLinks",
)
_POD_OWN += ("hostNetwork", "serviceAccount")
_CONTAINER_OWN = (
    "readinessProbe",
    "startupProbe",
    "lifecycle",
    "securityContext",
)
NO_LIVENESS = "r1c writes none: a busy server must not be killed, and one that dies ends its container"
_FILLED_IN: Mapping[str, tuple[str, ...]] = {
    "restartPolicy": ("Always",),
    "dnsPolicy": ("ClusterFirst",),
    "schedulerName": ("default-scheduler",),
    "imagePullPolicy": ("Always", "IfNotPresent"),
    "terminationMessagePath": ("/dev/termination-log",),
    "terminationMessagePolicy": ("File",),
}
"""What Kubernetes fills in where nothing is written."""
_REQUESTS_OWN = ("cpu", "memory", "ephemeral-storage")
LABELS_OWN = ("app.kubernetes.io/", "helm.sh/", "kueue.x-k8s.io/", "leaderworkerset.sigs.k8s.io/")
"""How the labels begin that r1c, or a controller, writes itself."""
_NOTES_OWN = (
    "networking.gke.io/",
    "gke-gcsfuse/",
    "devices.gke.io/",
    "leaderworkerset.sigs.k8s.io/",
    "r1c.dev/",
)
NOTES_CLUSTER = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")
_STACK_IMAGES = ("nccl-plugin-", "tcpgpudmarxd", "gcs-fuse-csi-driver")
_CLUSTER = "the cluster writes it"
GPUDIRECT = "r1c writes those of GPUDirect and Cloud Storage FUSE"
_NO_PLATFORM = "r1c reads it when it knows the platform; add --platform"
ONE_PORT = f"a profile has one port: the server's; {ADD}"
_ONE_NODE = "one node needs no network between nodes: its GPUs use NVLink"
TOGETHER = (OWN, _CLUSTER, GPUDIRECT, NO_LIVENESS)
"""Reasons whose parts are named in one line."""


def opened(one: Workload) -> frozenset[Path]:
    """Return the places whose parts are named one by one."""
    pod: Path = (*one.path, "spec")
    inside = one.within
    ports = [(*inside, "ports", index) for index, _ in enumerate(entries(one.container.get("ports")))]
    return frozenset(
        (
            (),
            ("metadata",),
            ("metadata", "labels"),
            ("metadata", "annotations"),
            ("spec",),
            ("spec", "leaderWorkerTemplate"),
            one.path,
            (*one.path, "metadata"),
            (*one.path, "metadata", "labels"),
            (*one.path, "metadata", "annotations"),
            pod,
            *((*pod, key) for key in ("affinity", "containers", "initContainers", "volumes")),
            (*pod, "affinity", "nodeAffinity"),
            inside,
            *((*inside, key) for key in ("env", "ports", "volumeMounts", "resources")),
            *((*inside, "resources", key) for key in ("requests", "limits")),
            *ports,
        )
    )


def named(one: Workload, path: Path, value: Any, draft: Draft) -> tuple[str, str]:
    """Return how a part is named, and why it is not carried."""
    if path[: len(one.within)] == one.within:
        return _of_container(one, path[len(one.within) :], value, draft)
    pod: Path = (*one.path, "spec")
    if path[: len(pod)] == pod:
        what, reason = _of_pod(path[len(pod) :], value)
        if value == "ClusterFirstWithHostNet" and draft.fields.get(at("spec.network.mode")) == "host":
            return "dnsPolicy", OWN
        unknown = reason == GPUDIRECT and one.nodes > 1 and at("spec.platform") not in draft.fields
        return what, _NO_PLATFORM if unknown else reason
    metadata: Path = (*one.path, "metadata")
    if path == (*metadata, "annotations", INTERFACES):
        known = at("spec.platform") in draft.fields
        reason = _ONE_NODE if one.nodes == 1 else OWN if known else _NO_PLATFORM
        return f"annotation {INTERFACES} of the pods", reason
    if path[: len(metadata)] == metadata:
        return of_metadata(path[len(metadata) :], value, " of the pods")
    if path[0] == "metadata":
        return of_metadata(path[1:], value, "")
    key = str(path[-1])
    if path[0] == "status":
        return "status", _CLUSTER
    if key in _SPEC_OWN:
        return key, OWN
    return f"{key}{value_shown(value)}", OVERLAY


def of_metadata(path: Path, value: Any, whose: str) -> tuple[str, str]:
    """Return how a part of the metadata of something is named, and the reason; `path` is the part's in it."""
    key = str(path[-1])
    if path[0] == "labels" and len(path) == 2:
        own = key.startswith(LABELS_OWN)
        return f"label {key}{'' if own else value_shown(value)}{whose}", OWN if own else OVERLAY
    if path[0] == "annotations" and len(path) == 2:
        if key in NOTES_CLUSTER:
            return f"annotation {key}", _CLUSTER
        own = key.startswith(_NOTES_OWN)
        return f"annotation {key}{'' if own else value_shown(value)}{whose}", OWN if own else OVERLAY
    if key in CLUSTERS_OWN:
        return f"{key}{whose}", _CLUSTER
    return f"{'.'.join(map(str, path))}{value_shown(value)}{whose}", OVERLAY


def _of_pod(path: Path, value: Any) -> tuple[str, str]:
    key = str(path[0])
    if key in ("containers", "initContainers") and len(path) == 2:
        container = value if isinstance(value, dict) else {}
        stack = any(part in str(container.get("image", "")) for part in _STACK_IMAGES)
        return f"container {container.get('name')}", GPUDIRECT if stack else OVERLAY
    if key == "affinity":
        hosts = path[-1] in ("key", "operator") and "matchExpressions" in path
        name = ".".join(part for part in path if isinstance(part, str))
        return (name, OWN) if hosts else (f"{name}{value_shown(value)}", OVERLAY)
    if key in _POD_OWN:
        return key, OWN
    if value in _FILLED_IN.get(key, ()):
        return key, _CLUSTER
    name = ".".join(part for part in path if isinstance(part, str))
    if name.endswith("volumeAttributes.mountOptions") and value == BUCKET_OPTION:
        return name, OWN
    return f"{name}{value_shown(value)}", OVERLAY


def _of_container(one: Workload, path: Path, value: Any, draft: Draft) -> tuple[str, str]:
    key = str(path[0])
    name = ".".join(part for part in path if isinstance(part, str))
    if key == "ports" and len(path) >= 2:
        entry = at_path(one.container, path[:2])
        number = entry.get("containerPort") if isinstance(entry, dict) else entry
        if number == draft.fields.get(at("spec.service.port"), 8000):
            return "ports", OWN
        return f"port {number} of the container", ONE_PORT
    if key == "env":
        entry = at_path(one.container, path[:2])
        named = entry.get("name") if isinstance(entry, dict) else entry
        return f"{'.'.join(str(part) for part in path[2:])} of variable {named}{value_shown(value)}", OWN
    if key == "resources" and len(path) == 3:
        own = path[1] == "requests" and path[2] in _REQUESTS_OWN
        if own:
            return f"resources.requests.{path[2]}", OWN
        if path[2] == GPU and path[1] == "limits":
            return f"resources.limits.{GPU}{value_shown(value)}", "r1c requests every GPU of a node"
        if is_rdma(str(path[2])):
            return f"resources.{path[2]}{value_shown(value)}", "GKE requests the networks of RDMA itself"
        return f"resources.{path[1]}.{path[2]}{value_shown(value)}", OVERLAY
    if key == "volumeMounts":
        mount = at_path(one.container, path[:2])
        where = mount.get("mountPath") if isinstance(mount, dict) else mount
        return f"{path[-1] if len(path) > 2 else 'the mount'}{value_shown(value)} at {where}", OVERLAY
    if key == "name":
        return "the container's name", OWN
    if key in _CONTAINER_OWN:
        return key, OWN
    if key == "livenessProbe":
        return key, NO_LIVENESS
    if value in _FILLED_IN.get(key, ()):
        return key, _CLUSTER
    return f"{name}{value_shown(value)}", OVERLAY
