"""A pod template with a vLLM server -> what is wrong with the template itself, whatever the flags are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from r1c.adopt import images
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.stream import Object
from r1c.diagnostics import Code, Finding, Path, Related
from r1c.facts import vllm
from r1c.lint.codes import (
    LEADER_WITHOUT_GPUS,
    NO_SIDECAR,
    NOT_A_STRING,
    NOT_EXPANDED,
    ONE_ADDRESS,
    SERVICE_PORT,
    SET_TWICE,
    TEMPLATES_DIFFER,
)
from r1c.lint.server import Found, Pod
from r1c.names import GPU
from r1c.record import replace

_SHELLS = re.compile(r"(?:.*/)?(?:ba|da|z|k)?sh")
_READS = re.compile(r"(?<![$\\])\$(?:\{(\w+)\}|(\w+))")
_HOST, _PORT = "VLLM_HOST_IP", "VLLM_PORT"
_BUCKETS, _SIDECAR = "gcsfuse.csi.storage.gke.io", "gke-gcsfuse/volumes"
_LEADER, _WORKER = "leaderTemplate", "workerTemplate"
_LISTS = ("command", "args")
_OF_THE_GROUP = ("LWS_LEADER_ADDRESS", "LWS_GROUP_SIZE", "LWS_WORKER_INDEX")
_SHAPE = (
    *("tensor-parallel-size", "pipeline-parallel-size", "data-parallel-size", "nnodes", "max-model-len"),
    *("max-num-batched-tokens", "max-num-seqs", "dtype", "quantization", "kv-cache-dtype", "block-size"),
    *("enable-expert-parallel", "enable-eplb", "enforce-eager"),
)
"""The flags that every rank must have alike."""

Fault = tuple[Code, Finding]


def faults(container: Mapping[str, Any], at: Path, *, pods: int) -> Iterator[Fault]:
    """Yield the faults of a container at a path of its document, of which a group has so many pods."""
    env = [one if isinstance(one, dict) else {} for one in _list(container.get("env"))]
    yield from _set_twice(env, at)
    for index, one in enumerate(env):
        if isinstance(one.get("value"), (bool, int, float)):
            yield (
                NOT_A_STRING,
                Finding(
                    (*at, "env", index, "value"),
                    f"{one.get('name')} is not a string",
                    "quote the value",
                ),
            )
    yield from _not_expanded(container, {str(one.get("name")) for one in env}, at)
    for index, one in enumerate(env):
        value = one.get("value")
        if pods > 1 and one.get("name") == _HOST and isinstance(value, str) and value and "$" not in value:
            yield (
                ONE_ADDRESS,
                Finding(
                    (*at, "env", index, "value"),
                    f"all {pods} pods of the group claim the address {value}",
                    "write valueFrom: {fieldRef: {fieldPath: status.podIP}} instead of value",
                ),
            )


def _set_twice(env: list[Any], at: Path) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, one in enumerate(env):
        name = one.get("name")
        if isinstance(name, str) and first.setdefault(name, index) < index:
            yield (
                SET_TWICE,
                Finding(
                    (*at, "env", index, "name"),
                    f"{name} is set twice in this container",
                    "remove it here or above",
                    related=(Related("it is set first here", path=(*at, "env", first[name], "name")),),
                ),
            )


def _not_expanded(container: Mapping[str, Any], own: set[str], at: Path) -> Iterator[Fault]:
    """Report a variable of the container in a shell's syntax where no shell runs.

    A name that the container does not have may be filled in by another tool, such as envsubst.
    """
    command, args = (_list(container.get(key)) for key in _LISTS)
    words = [*command, *args]
    if any(_SHELLS.fullmatch(str(word)) for word in words) or (command and "vllm" not in str(command)):
        return
    for key, listed in zip(_LISTS, (command, args), strict=True):
        for index, word in enumerate(listed):
            for match in _READS.finditer(word if isinstance(word, str) else ""):
                name = match[1] or match[2]
                if name in own or name in _OF_THE_GROUP:
                    yield (
                        NOT_EXPANDED,
                        Finding(
                            (*at, key, index),
                            f"vLLM gets {match[0]} as it is: the container runs no shell, and Kubernetes "
                            f"expands only $({name})",
                            f"write $({name})",
                        ),
                    )


def of_pod(pod: Pod, item: Object, stream: Sequence[Object]) -> Iterator[Fault]:
    """Yield the faults of a pod: what its volumes need, and what Services beside it do to its variables."""
    asked = pod.annotations.get(_SIDECAR) == "true" or pod.group_annotations.get(_SIDECAR) == "true"
    for index, volume in enumerate(_list(pod.spec.get("volumes"))):
        if section(volume, "csi").get("driver") == _BUCKETS and not asked:
            yield (
                NO_SIDECAR,
                Finding(
                    (*pod.path, "volumes", index, "csi", "driver"),
                    "the pods mount a bucket and do not ask for the sidecar that does it",
                    f'write {_SIDECAR}: "true" under metadata.annotations of the pod template',
                ),
            )
    names = {
        str(variable.get("name"))
        for container in entries(pod.spec.get("containers"))
        for variable in entries(container.get("env"))
    }
    if pod.spec.get("enableServiceLinks") is False or _PORT in names:
        return
    if any(_gives_port(other, item) for other in stream):
        yield (
            SERVICE_PORT,
            Finding(
                (*pod.path, "containers"),
                f"the Service vllm sets {_PORT} in these pods to a URL; vLLM expects the number of a port",
                "write enableServiceLinks: false beside containers, or rename the Service",
            ),
        )


def _gives_port(service: Object, item: Object) -> bool:
    """Tell whether an object is a Service with an address, called vllm, in the namespace of another one."""
    ours, theirs = section(service.data, "metadata"), section(item.data, "metadata")
    return (
        service.kind == "Service"
        and ours.get("name") == "vllm"
        and ours.get("namespace") == theirs.get("namespace")
        and section(service.data, "spec").get("clusterIP") != "None"
    )


def compared(item: Object, found: Sequence[Found]) -> Iterator[Found]:
    """Yield the servers of a LeaderWorkerSet with the differences between its two templates."""
    leaders = [one for one in found if one.pod and _LEADER in one.pod.path]
    workers = [one for one in found if one.pod and _WORKER in one.pod.path]
    pair = len(leaders) == len(workers) == 1
    for one in found:
        more = list(_differing(leaders[0], one)) if pair and one is workers[0] else []
        if leaders and one is leaders[0]:
            more += [*_other_images(item), *_without_gpus(item, one)]
        yield replace(one, faults=(*one.faults, *more))


def _differing(leader: Found, worker: Found) -> Iterator[Fault]:
    """Yield in what two servers differ that join by their flags, if the file shows all flags of both."""
    ours, theirs = _flags(leader), _flags(worker)
    if "nnodes" not in ours or "nnodes" not in theirs or not (leader.command.whole and worker.command.whole):
        return
    hidden = {vllm.canonical(one.name) for one in (*leader.command.hidden, *worker.command.hidden)}
    path = (*worker.pod.path, "containers") if worker.pod else ()
    for name in _SHAPE:
        one, other = ours.get(name), theirs.get(name)
        if one != other and name not in hidden:
            message = f"{name} is {_said(one)} in the leader and {_said(other)} in the workers"
            yield TEMPLATES_DIFFER, Finding(path, message, f"give both templates the same {name}")


def _other_images(item: Object) -> Iterator[Fault]:
    """Yield the images of the workers that are the leader's under another tag or digest."""
    group = ("spec", "leaderWorkerTemplate")
    leader, worker = (
        section(item.data, *group, name, "spec").get("containers") for name in (_LEADER, _WORKER)
    )
    of_leader = {_repository(one): one for one in _images(leader) if one}
    for index, image in enumerate(_images(worker)):
        other = of_leader.get(_repository(image))
        if other is not None and other != image:
            yield (
                TEMPLATES_DIFFER,
                Finding(
                    (*item.inside, *group, _WORKER, "spec", "containers", index, "image"),
                    f"the workers run {image}, and the leader {other}",
                    f"write {other} here, or this image in both templates",
                ),
            )


def _without_gpus(item: Object, leader: Found) -> Iterator[Fault]:
    """Report the leader's server if the workers request GPUs and no container of the leader does."""
    group = section(item.data, "spec", "leaderWorkerTemplate")
    ours, theirs = (
        [
            section(container, "resources", kind).get(GPU)
            for container in entries(section(group, name, "spec").get("containers"))
            for kind in ("limits", "requests")
        ]
        for name in (_LEADER, _WORKER)
    )
    wanted = next((one for one in theirs if one), None)
    if leader.pod and wanted and not any(ours):
        yield (
            LEADER_WITHOUT_GPUS,
            Finding(
                (*leader.pod.path, "containers"),
                f"the leader requests no GPU, and each worker {wanted}",
                f"write limits: {{{GPU}: {wanted}}} under resources of the server",
            ),
        )


def _images(containers: Any) -> list[str]:
    return [str(one.get("image", "")) if isinstance(one, dict) else "" for one in _list(containers)]


def _repository(image: str) -> tuple[str, str]:
    parts = images.split(image)
    return parts.registry, parts.name


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _flags(found: Found) -> dict[str, str]:
    return {vllm.canonical(one.name): str(one.value) for one in found.command.flags}


def _said(value: str | None) -> str:
    return "not set" if value is None else value
