"""A Kubernetes object of any kind -> the vLLM servers in its pod templates.

A pod template is found by its list of containers, wherever a kind has it: under template, workerTemplate,
headGroupSpec or predictor. Only the number of nodes depends on the kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c.adopt import images
from r1c.adopt.flags import takes
from r1c.adopt.manifest.container import entries, section, words
from r1c.adopt.manifest.shell import server
from r1c.adopt.manifest.stream import Object
from r1c.diagnostics import Path
from r1c.lint import kserve, ray
from r1c.lint.command_line import located, stretches
from r1c.lint.server import Command, Found, Number, Pod, Variables
from r1c.source import Document, Entry

GPU = "nvidia.com/gpu"
_OTHER_DEVICES = ("amd.com/", "google.com/tpu", "habana.ai/", "aws.amazon.com/neuron", "gpu.intel.com/")
_OTHER_IMAGES = ("cpu", "rocm", "tpu", "neuron", "gaudi", "hpu", "xpu", "ascend", "npu")
_ONE_POD = ("Pod", "Deployment", "StatefulSet", "ReplicaSet", "DaemonSet", "Job", "CronJob")
_DEEPEST = 12


def servers(item: Object) -> Iterator[Found]:
    """Yield each server of an object, in the order of the file."""
    yield from ray.servers(item)
    for path, spec, above in _pods(item.data, (), {}):
        for index, container in enumerate(entries(spec.get("containers"))):
            found = _server(item, container, (*path, "containers", index), spec, above)
            if found:
                yield found


def _pods(value: Any, path: Path, above: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any], Any]]:
    """Yield each map with containers, with its path and the map that it is in."""
    if len(path) > _DEEPEST:
        return
    if isinstance(value, dict):
        if entries(value.get("containers")):
            yield path, value, above
        for key, inside in value.items():
            if key != "containers":
                yield from _pods(inside, (*path, key), value)
    elif isinstance(value, list):
        for index, inside in enumerate(value):
            yield from _pods(inside, (*path, index), above)


def _server(
    item: Object, container: Mapping[str, Any], inside: Path, spec: Mapping[str, Any], above: Any
) -> Found | None:
    document, at, path = item.document, (*item.inside, *inside), inside[:-2]
    image = str(container.get("image", ""))
    if not nvidia(image, container):
        return None
    known = variables(document, container, at)
    command = _command(document, container, at, known) or kserve.command(item, document, at, known)
    if command is None:
        return None
    replicas = section(item.data, "spec").get("replicas", 1)
    return Found(
        f"{item.kind} {item.name}".rstrip(),
        document,
        document.places[at],
        command,
        image,
        document.places.get((*at, "image")),
        known,
        Pod(
            spec,
            section(above, "metadata", "annotations"),
            (*item.inside, *path),
            (*item.inside, *path[:-1], "metadata", "annotations"),
            section(item.data, "metadata", "annotations"),
        ),
        _nodes(item, path),
        number(
            document, section(container, "resources", "limits").get(GPU), (*at, "resources", "limits", GPU)
        ),
        number(document, replicas, (*item.inside, "spec", "replicas")),
    )


def _command(document: Document, container: Mapping[str, Any], at: Path, known: Variables) -> Command | None:
    image = images.split(str(container.get("image", "")))
    version = images.release_of(image.tag)
    started = server(
        words(container.get("command")),
        words(container.get("args")),
        known.values,
        lambda name: takes(name, version),
        entrypoint="vllm" in image.name,
    )
    if started is None:
        return None
    parts = [*stretches(document, (*at, "command")), *stretches(document, (*at, "args"))]
    place = (*at, "args" if container.get("args") else "command")
    return located(started, document.source, parts, document.places[place])


def variables(document: Document, container: Mapping[str, Any], at: Path) -> Variables:
    """Read env; the last entry of a name counts, and one from elsewhere is hidden."""
    values: dict[str, str] = {}
    places: dict[str, Entry] = {}
    hidden: set[str] = set()
    listed = container.get("env")
    for index, one in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            continue
        name, value, here = one["name"], one.get("value"), (*at, "env", index)
        named = document.places[(*here, "name")]
        worth = document.places.get((*here, "value"), named)
        places[name] = Entry(named.source, named.value_at, worth.value_at, worth.written_at, worth.scalar)
        text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
        values.pop(name, None)
        hidden.discard(name)
        if isinstance(one.get("valueFrom"), dict) or "$(" in text or "{{" in text:
            hidden.add(name)
        else:
            values[name] = text
    return Variables(values, places, frozenset(hidden), not container.get("envFrom"))


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
    while path not in document.places:
        path = path[:-1]
    return Number(int(text), document.places[path])


def _nodes(item: Object, path: Path) -> Number | None:
    """Return how many pods a server is on, and where the object says so."""
    document, inside = item.document, item.inside
    if "leaderWorkerTemplate" in path:
        end = path.index("leaderWorkerTemplate") + 1
        group: Any = item.data
        for part in path[:end]:
            group = group[part]
        size = group.get("size", 1)
        return number(document, size, (*inside, *path[:end], "size")) if type(size) is int and size else None
    alone = item.kind == "LLMInferenceService" and "worker" not in section(item.data, *map(str, path[:-1]))
    return number(document, 1, (*inside, "kind")) if item.kind in _ONE_POD or alone else None
