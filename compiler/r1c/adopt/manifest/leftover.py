"""A manifest -> the fields and objects that a profile does not carry, with the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from r1c.adopt.manifest.container import entries, is_rdma, section
from r1c.adopt.manifest.stream import Object, Stream
from r1c.adopt.profile_draft import Draft
from r1c.diagnostics import Path
from r1c.lower.kinds import KINDS

_OVERLAY = "a profile has no field for it; add it in a kustomize overlay"
_OWN = "r1c writes its own"

_SPEC_CARRIED = {"replicas", "leaderWorkerTemplate", "template", "selector"}
_SPEC_OWN = {"startupPolicy", "rolloutStrategy", "networkConfig", "strategy"}
_GROUP_CARRIED = {"size", "leaderTemplate", "workerTemplate"}
_GROUP_OWN = {"restartPolicy"}
_POD_CARRIED = {
    "nodeSelector",
    "tolerations",
    "affinity",
    "priorityClassName",
    "serviceAccountName",
    "hostNetwork",
    "initContainers",
    "containers",
    "volumes",
    "terminationGracePeriodSeconds",
}
_POD_OWN = {"restartPolicy", "dnsPolicy", "subdomain", "automountServiceAccountToken", "enableServiceLinks"}
_CONTAINER_CARRIED = {"name", "image", "command", "args", "env", "resources", "volumeMounts", "ports"}
_CONTAINER_OWN = {
    "readinessProbe",
    "startupProbe",
    "livenessProbe",
    "lifecycle",
    "securityContext",
    "imagePullPolicy",
    "workingDir",
    "stdin",
    "tty",
}
_REQUESTS_OWN = ("cpu", "memory", "ephemeral-storage")
_STACK_IMAGES = ("nccl-plugin-", "tcpgpudmarxd", "gcs-fuse-csi-driver")
_OBJECTS: Mapping[str, str] = {
    "ServiceAccount": _OWN,
    "Service": "r1c writes one Service, for the leaders",
    "Secret": "the profile only names the Secret; huggingface.source says how it is created",
    "ExternalSecret": "huggingface.source: externalSecret creates one",
    **{kind.name: f"{kind.block} makes one; write that block" for kind in KINDS if kind.block},
}
_AUTOSCALERS = ("HorizontalPodAutoscaler", "ScaledObject")
_DEFAULT_ROLLOUT = {"maxUnavailable": 1, "maxSurge": 0}
_EXPECTED_VARIABLES = (
    "VLLM_HOST_IP",
    "POD_IP",
    "POD_NAME",
    "LWS_WORKER_INDEX",
    "LWS_LEADER_ADDRESS",
    "LWS_GROUP_SIZE",
)


def of(stream: Stream, item: Object, path: Path, index: int, variables: Sequence[str]) -> Draft:
    """Return what the profile does not carry.

    `path` is the leader's template in `item`, `index` its server container, and `variables` are the names
    of those that the kubelet fills in.
    """
    return Draft(dropped=tuple(_dropped(stream, item, path, index, variables)))


def _dropped(
    stream: Stream, item: Object, path: Path, index: int, variables: Sequence[str]
) -> Iterator[tuple[str, str]]:
    spec = section(item.data, "spec")
    group = section(spec, "leaderWorkerTemplate")
    pod = section(item.data, *map(str, path), "spec")
    containers = entries(pod.get("containers"))
    container = containers[index]
    levels = (
        (spec, _SPEC_CARRIED, _SPEC_OWN),
        (group, _GROUP_CARRIED, _GROUP_OWN),
        (pod, _POD_CARRIED, _POD_OWN),
        (container, _CONTAINER_CARRIED, _CONTAINER_OWN),
    )
    requests, limits = (section(container, "resources", part) for part in ("requests", "limits"))
    own = [key for level, _, known in levels for key in level if key in known]
    rollout = section(spec, "rolloutStrategy", "rollingUpdateConfiguration")
    if rollout and rollout != _DEFAULT_ROLLOUT:
        own.remove("rolloutStrategy")
        yield f"rolloutStrategy {_shown(rollout)}", "spec.rollout has these fields; write that block"
    if "replicas" not in spec and any(one.kind in _AUTOSCALERS for one in stream.objects):
        yield "the number of groups", "an autoscaler sets it; write spec.scaling"
    own += [f"resources.requests.{key}" for key in requests if key in _REQUESTS_OWN]
    if own:
        yield ", ".join(dict.fromkeys(own)), _OWN
    for level, carried, known in levels:
        yield from ((str(key), _OVERLAY) for key in level if key not in carried | known)
    others_asked = [key for key in requests if key not in _REQUESTS_OWN]
    for key in dict.fromkeys([*others_asked, *limits]):
        if key != "nvidia.com/gpu" and not is_rdma(key):
            yield f"resources.{key}", _OVERLAY
    yield from ((f"affinity.{key}", _OVERLAY) for key in section(pod, "affinity") if key != "nodeAffinity")
    others = [*entries(pod.get("initContainers")), *(one for one in containers if one is not container)]
    for other in others:
        if not any(part in str(other.get("image", "")) for part in _STACK_IMAGES):
            yield f"container {other.get('name')}", _OVERLAY
    yield from ((name, "r1c sets it") for name in variables if name in _EXPECTED_VARIABLES)
    yield from ((f"variable {name}", _OVERLAY) for name in variables if name not in _EXPECTED_VARIABLES)
    yield from _worker(group, container)
    for other_object in stream.objects:
        if other_object is not item and other_object.kind != "Service":
            yield (
                f"{other_object.kind} {other_object.name}",
                _OBJECTS.get(other_object.kind, "it is not part of a recipe"),
            )


def _shown(rollout: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in rollout.items())


def _worker(group: Mapping[str, Any], leader: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name what the workers have otherwise than the leader: a profile has one image and one set of GPUs."""
    workers = entries(section(group, "workerTemplate", "spec").get("containers"))
    if not workers or not section(group, "leaderTemplate"):
        return
    for key in ("image", "resources"):
        if workers[0].get(key) != leader.get(key):
            yield (
                f"{key} of the workers",
                "in a profile leader and workers are the same: r1c uses the leader's",
            )
