"""A Kubernetes object of any kind -> the vLLM servers in its pod templates.

A pod template is found by its list of containers, wherever a kind has it: under template, workerTemplate,
headGroupSpec or predictor. Only the number of nodes depends on the kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.container_variables import Member, container_variables
from r1c.adopt.manifest.started import started
from r1c.adopt.manifest.stream import Object
from r1c.diagnostics import Path
from r1c.lint import kserve, ray, release, templates
from r1c.lint.command_line import in_document, located, nearest, variables
from r1c.lint.server import CommandLine, Found, Number, Pod
from r1c.names import GPU
from r1c.record import replace
from r1c.source import Document, Entry

_OTHER_DEVICES = (
    *("amd.com/", "google.com/tpu", "habana.ai/", "aws.amazon.com/neuron", "gpu.intel.com/", "huawei.com/"),
    *("qualcomm.com/", "ibm.com/spyre", "rebellions.ai/", "furiosa.ai/", "cambricon.com/", "metax-tech.com/"),
    *("iluvatar.com/", "iluvatar.ai/", "enflame.com/", "hygon.com/", "mthreads.com/", "kunlunxin.com/"),
)
_OTHER_IMAGES = (
    *("cpu", "rocm", "tpu", "neuron", "gaudi", "hpu", "xpu", "ascend", "npu", "openvino", "spyre", "metal"),
)
OTHERS_VARIABLES = (
    *("ASCEND_", "HCCL_", "VLLM_ASCEND_", "PYTORCH_NPU_"),
    *("HIP_", "HSA_", "ROCR_", "VLLM_ROCM_", "PYTORCH_HIP_"),
    *("PT_HPU_", "VLLM_HPU_", "HABANA_", "NEURON_", "ZE_AFFINITY_", "ONEAPI_", "VLLM_CPU_"),
)
"""How the variables of other accelerators begin."""
_ONE_POD = ("Pod", "Deployment", "StatefulSet", "ReplicaSet", "DaemonSet", "Job", "CronJob")
_GROUP = "leaderWorkerTemplate"
_DEEPEST = 12


def servers(item: Object, stream: Sequence[Object]) -> Iterator[Found]:
    """Yield each server of an object, in the order of the file; `stream` has the ConfigMaps beside it."""
    yield from ray.servers(item)
    found = list(_in_pods(item, stream))
    yield from templates.compared(item, found) if _GROUP in section(item.data, "spec") else found


def _in_pods(item: Object, stream: Sequence[Object]) -> Iterator[Found]:
    for path, spec, above in _pods(item.data, (), {}):
        for index, container in enumerate(spec["containers"]):
            if isinstance(container, dict) and nvidia(str(container.get("image", "")), container):
                pod = Pod(
                    spec,
                    section(above, "metadata", "annotations"),
                    (*item.inside, *path),
                    (*item.inside, *path[:-1], "metadata", "annotations"),
                    section(item.data, "metadata", "annotations"),
                )
                yield from _servers(item, stream, pod, container, (*path, "containers", index))


def _pods(value: Any, path: Path, above: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any], Any]]:
    """Yield each map with containers, with its path and the map that it is in."""
    if len(path) > _DEEPEST:
        return
    if isinstance(value, dict):
        if isinstance(value.get("containers"), list):
            yield path, value, above
        for key, inside in value.items():
            if key != "containers":
                yield from _pods(inside, (*path, key), value)
    elif isinstance(value, list):
        for index, inside in enumerate(value):
            yield from _pods(inside, (*path, index), above)


def _servers(
    item: Object, stream: Sequence[Object], pod: Pod, container: Mapping[str, Any], inside: Path
) -> Iterator[Found]:
    """Yield the servers of a container, whose path in its object is `inside`."""
    document, at, path = item.document, (*item.inside, *inside), inside[:-2]
    part = not container.get("image") and item.kind != kserve.KIND
    nodes = _nodes(item, path, part=part)
    own = container_variables(stream, container, inside, _member(item, path, nodes))
    locate = in_document(document, item.inside)
    run = started(container, inside, own)
    if item.kind in _ONE_POD and run.script.runs("ray"):
        # Pods of other objects may join its cluster.
        nodes = None
    whole = not part and all(one.given for one in own if one.source) and not _elsewhere(stream, container)
    places = {one.name: _variable(document, (*item.inside, *one.path)) for one in own if one.path}
    replicas = section(item.data, "spec").get("replicas", 1)
    place = (*at, "args" if container.get("args") else "command")
    commands = [
        (
            _command(located(server, run.script, locate, nearest(document, place)), container, part=part),
            variables(server, run.script, places, locate, whole=whole),
        )
        for server in run.servers
    ]
    for command, known in commands or kserve.command(item, at, own, places):
        yield Found(
            f"{item.kind} {item.name}".rstrip(),
            document,
            nearest(document, at),
            command,
            item.inside,
            str(container.get("image", "")),
            document.places.get((*at, "image")),
            known,
            pod,
            nodes,
            _gpus(item, container, at),
            number(document, replicas, (*item.inside, "spec", "replicas")),
            part=part,
            installs=release.installed(run.script, None),
            faults=(
                *templates.faults(container, at, pods=nodes.value if nodes else 1),
                *(() if part else templates.of_pod(pod, item, stream)),
            ),
        )


def _command(command: CommandLine, container: Mapping[str, Any], *, part: bool) -> CommandLine:
    """Leave open whether a part of a container has all flags, if its args are not in it."""
    return replace(command, whole=command.whole and not (part and not container.get("args")))


def _gpus(item: Object, container: Mapping[str, Any], at: Path) -> Number | None:
    """Return the GPUs of each pod; None where the pods of a group request different numbers."""
    asked = section(container, "resources", "limits").get(GPU)
    group = _group(item, at[len(item.inside) :]) if _GROUP in at else {}
    others = [
        section(one, "resources", "limits").get(GPU)
        for name in ("leaderTemplate", "workerTemplate")
        for one in entries(section(group, name, "spec").get("containers"))
    ]
    same = {str(one) for one in (asked, *others) if one is not None}
    return number(item.document, asked, (*at, "resources", "limits", GPU)) if len(same) == 1 else None


def _elsewhere(stream: Sequence[Object], container: Mapping[str, Any]) -> bool:
    """Tell whether a container has variables from an object that is not in the stream, or from a Secret."""
    maps = {item.name for item in stream if item.kind == "ConfigMap"}
    return any(
        str(section(one, "configMapRef").get("name", "")) not in maps
        for one in entries(container.get("envFrom"))
    )


def _variable(document: Document, path: Path) -> Entry:
    """Return the place of an entry of env: its name, and its value if it has one."""
    here = nearest(document, path)
    named = document.places.get((*path, "name"), here)
    worth = document.places.get((*path, "value"), named)
    return Entry(here.source, named.value_at, worth.value_at, worth.written_at, worth.scalar)


def nvidia(image: str, container: Mapping[str, Any]) -> bool:
    """Tell whether a container may run on NVIDIA GPUs: the facts are about those."""
    asked = [*section(container, "resources", "limits"), *section(container, "resources", "requests")]
    if any(str(name).startswith(_OTHER_DEVICES) for name in asked):
        return False
    parts = image.lower().replace("/", "-").replace(":", "-").replace("_", "-").split("-")
    return not any(word in parts for word in _OTHER_IMAGES)


def number(document: Document, value: Any, path: Path) -> Number | None:
    """Return a count with its place, or that of the nearest map above; None for what is not a count."""
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    return Number(int(text), nearest(document, path))


def _member(item: Object, path: Path, nodes: Number | None) -> Member | None:
    """Return the pod of a group whose template this is: the leader, or one of the workers."""
    if _GROUP not in path or nodes is None:
        return None
    group = _group(item, path)
    return Member(1 if "workerTemplate" in path and section(group, "leaderTemplate") else 0, nodes.value)


def _group(item: Object, path: Path) -> Any:
    group: Any = item.data
    for part in path[: path.index(_GROUP) + 1]:
        group = group[part]
    return group


def _nodes(item: Object, path: Path, *, part: bool) -> Number | None:
    """Return how many pods a server is on, and where the object says so."""
    document, inside = item.document, item.inside
    if _GROUP in path:
        size = _group(item, path).get("size", None if part else 1)
        place = (*inside, *path[: path.index(_GROUP) + 1], "size")
        return number(document, size, place) if type(size) is int and size else None
    alone = item.kind == kserve.KIND and "worker" not in section(item.data, *map(str, path[:-1]))
    return number(document, 1, (*inside, "kind")) if item.kind in _ONE_POD or alone else None
