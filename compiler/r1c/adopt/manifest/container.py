"""A leader's pod template -> its parts: environment, volumes, GPUDirect images, networks, node names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from r1c import facts
from r1c.adopt.profile_draft import Draft, Part, given, join, took
from r1c.diagnostics import Path
from r1c.names import GCS_FUSE, HOSTNAME, INTERFACES
from r1c.record import record
from r1c.source import credentials

_BUILD_TYPE = re.compile(r"--nccl-buildtype[= ]+['\"]?([\w.-]+)")


def items(value: Any) -> list[Any]:
    """Return a list of an object; empty for what is not there, or is no list."""
    return value if isinstance(value, list) else []


def entries(value: Any) -> list[Mapping[str, Any]]:
    """Return the maps of a list, nothing for anything else."""
    return [item for item in items(value) if isinstance(item, dict)]


def section(value: Any, *path: str) -> Mapping[str, Any]:
    """Return the map at a path, empty if there is none."""
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def words(value: Any) -> list[str]:
    """Return a list of strings, such as command and args."""
    return list(map(str, items(value)))


def literal(container: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the variables whose values stand in env."""
    return {
        str(entry.get("name", "")): str(entry["value"])
        for entry in entries(container.get("env"))
        if "value" in entry
    }


def is_credential(name: str) -> bool:
    """Tell whether a profile may have it in a Secret: its checks read vLLM's and NCCL's settings."""
    return credentials.names_one(name) or not name.startswith(("VLLM_", "NCCL_", "RAY_", "LWS_"))


def is_rdma(resource: str) -> bool:
    """Tell whether a resource is an RDMA network: GKE requests it, and a pod names it to be rid of that."""
    return resource.startswith(facts.stack("gib").rdma_prefix)


def storage(
    template: Mapping[str, Any], container: Mapping[str, Any], path: Path, index: int, weights: str | None
) -> Draft:
    """Return bucket, local SSD and shared memory, and name the volumes that have no place in a profile.

    `path` is the template's, `index` the server container's, and `weights` the volume of spec.model.source,
    if it has one of its own.
    """
    listed = entries(container.get("volumeMounts"))
    mounts = {str(one.get("name")): str(one.get("mountPath", "")) for one in listed}
    within: Path = (*path, "spec", "containers", index, "volumeMounts")
    result: list[Draft] = []
    fields: set[Path] = set()
    for at, volume in enumerate(entries(section(template, "spec").get("volumes"))):
        name = str(volume.get("name", ""))
        place: Path = (*path, "spec", "volumes", at)
        own = [(*within, number) for number, one in enumerate(listed) if str(one.get("name")) == name]
        if name == weights:
            result.append(took(place, *own))
            continue
        draft, taken = _volume(volume, mounts)
        if fields & draft.fields.keys():
            # The profile has this place already, from a volume before it.
            draft, taken = _other(volume, mounts.get(name)), ()
        fields |= draft.fields.keys()
        limit = section(volume, "emptyDir").get("sizeLimit")
        if limit is not None and ("emptyDir",) in taken:
            draft = join(draft, Draft(dropped=((f"sizeLimit of volume {name} ({limit})", _NO_LIMIT),)))
        below = [(*place, *key) for key in taken]
        if not taken:
            # Named as a whole, by its mount.
            whole = [
                Part(what, part) for what, why in draft.dropped for part in (place, *own) if why == VOLUME
            ]
            result.append(join(draft, took(place, *own), Draft(overlay=tuple(whole))))
            continue
        ends = [(*mount, key) for mount in own[-1:] for key in ("name", "mountPath")]
        result.append(join(draft, took((*place, "name"), *below, *ends)))
    return join(*result)


VOLUME = "a profile has only the bucket, the local SSD and shared memory; add other volumes in an overlay"
_NO_LIMIT = "the cache of a profile has no limit of its own; add it in a kustomize overlay"
_SIZE_LIMIT = ("emptyDir", "sizeLimit")


def _volume(volume: Mapping[str, Any], mounts: Mapping[str, str]) -> tuple[Draft, tuple[Path, ...]]:
    """Return the fields of a volume and the keys that they come from; without keys it is named as a whole."""
    name = str(volume.get("name", ""))
    path = mounts.get(name)
    csi, empty, host = volume.get("csi"), volume.get("emptyDir"), section(volume, "hostPath").get("path")
    if isinstance(csi, dict) and csi.get("driver") == GCS_FUSE:
        bucket = section(csi, "volumeAttributes").get("bucketName")
        fields = given({"spec.storage.bucket": bucket or None, "spec.storage.mountPath": path})
        return fields, (("csi", "driver"), ("csi", "volumeAttributes", "bucketName"))
    if isinstance(empty, dict) and path == "/dev/shm":  # noqa: S108 the path that NCCL uses
        size = empty.get("sizeLimit")
        memory = ("emptyDir", "medium") if empty.get("medium") == "Memory" else ("name",)
        return given({"spec.storage.sharedMemory": str(size) if size else None}), (_SIZE_LIMIT, memory)
    if isinstance(host, str) and "ssd" in host:
        fields = given({"spec.storage.ssdMountPath": path, "spec.storage.modelCache": "hostPath"})
        return fields, (("hostPath",),)
    if isinstance(empty, dict) and path and ("ssd" in name or "cache" in name):
        fields = given({"spec.storage.ssdMountPath": path, "spec.storage.modelCache": "emptyDir"})
        return fields, (("emptyDir",),)
    if _is_stack(name, host):
        return Draft(dropped=((f"volume {name}", "r1c writes those of GPUDirect and the driver"),)), ()
    return _other(volume, path), ()


def _other(volume: Mapping[str, Any], path: str | None) -> Draft:
    """Name a volume that has no place in a profile."""
    kind = next((key for key in volume if key != "name"), "volume")
    mounted = f"mounted at {path}" if path else "not mounted in the server"
    return Draft(dropped=((f"volume {volume.get('name', '')} ({kind}, {mounted})", VOLUME),))


def described(volume: Mapping[str, Any], container: Mapping[str, Any]) -> tuple[str, str]:
    """Return how a volume is named and why it is not carried; no reason for one that fields make."""
    mounts = {
        str(one.get("name")): str(one.get("mountPath", "")) for one in entries(container.get("volumeMounts"))
    }
    draft, _ = _volume(volume, mounts)
    return draft.dropped[0] if draft.dropped else (f"volume {volume.get('name')}", "")


def _is_stack(name: str, host: Any) -> bool:
    """Tell whether a volume belongs to the GPUDirect stack, which r1c writes."""
    paths = (
        "/home/kubernetes/bin/",
        "/sys",
        "/proc/sys",
        "/dev/aperture_devices",
        "/run/tcpx",
        "/lib/modules",
    )
    own = ("nccl-plugin", "gib", "workload-terminated-volume", "tcpx-socket", "nvidia", "library-dir-host")
    return name.startswith(own) or (isinstance(host, str) and host.startswith(paths))


@record
class Stack:
    """The GPUDirect stack in the init containers and volumes; None for parts that they do not show."""

    name: str | None
    plugin: str | None
    daemon: str | None
    build_type: str | None
    on_host: bool


def stack(template: Mapping[str, Any]) -> Stack:
    """Read the GPUDirect stack off the images."""
    spec = section(template, "spec")
    containers = [*entries(spec.get("initContainers")), *entries(spec.get("containers"))]
    pairs = [(str(one.get("image", "")), one) for one in containers]
    plugin = next((pair for pair in pairs if "nccl-plugin-" in pair[0]), None)
    daemon = next((pair for pair in pairs if "tcpgpudmarxd" in pair[0]), None)
    hosts = [section(volume, "hostPath").get("path") for volume in entries(spec.get("volumes"))]
    gib_on_host = facts.stack("gib").host_plugin in hosts
    images = " ".join(image for image, _ in pairs)
    names = (("gpudirect-tcpxo", "tcpxo"), ("gpudirect-gib", "gib"), ("gpudirect-tcpx/", "tcpx"))
    name = next((known for part, known in names if part in images), "gib" if gib_on_host else None)
    return Stack(
        name,
        plugin[0] if plugin else None,
        daemon[0] if daemon else None,
        _build_type(plugin[1]) if plugin else None,
        plugin is None and name in ("tcpxo", "gib"),
    )


def _build_type(installer: Mapping[str, Any]) -> str | None:
    text = " ".join([*words(installer.get("command")), *words(installer.get("args"))])
    found = _BUILD_TYPE.search(text)
    return found[1] if found else literal(installer).get("BUILD_TYPE")


def networks(annotations: Mapping[str, Any]) -> list[str]:
    """Return the Network objects of the pod's interfaces in order, empty if none can be read."""
    try:
        listed = json.loads(str(annotations.get(INTERFACES, "[]")))
    except (ValueError, RecursionError):
        return []
    return [str(item.get("network", "")) for item in entries(listed)]


def target_nodes(affinity: Any) -> Mapping[Path, str]:
    """Return the host names that a node affinity requires, each by its path in the affinity."""
    required = ("nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = entries(section(affinity, *required).get("nodeSelectorTerms"))
    found: dict[Path, str] = {}
    for at, term in enumerate(terms):
        for index, expression in enumerate(entries(term.get("matchExpressions"))):
            if expression.get("key") == HOSTNAME and expression.get("operator") == "In":
                place = (*required, "nodeSelectorTerms", at, "matchExpressions", index)
                hosts = enumerate(words(expression.get("values")))
                found |= {(*place, "values", number): host for number, host in hosts}
    return found
