"""One pod template -> what in it refers to nothing, says a thing twice, or contradicts another part of it."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.bundle import Object
from r1c.diagnostics import Path
from r1c.verify import gke
from r1c.verify.item import PodTemplate, at, containers, entries, fault, mapping, repeated, word

_SIDECAR_VOLUMES = "gke-gcsfuse-"
"""Volumes so named are for the sidecar that GKE adds to the pod: no container of ours mounts them."""

_GPU = "nvidia.com/gpu"
_HANDLERS = ("startupProbe", "readinessProbe", "livenessProbe")


def faults(template: PodTemplate) -> Iterator[str]:
    """Yield the faults of a pod template."""
    yield from _names(template)
    yield from _volumes(template)
    yield from _host_network(template)
    for path, container in containers(template):
        yield from _environment(template, path, container)
        yield from _ports(template, path, container)
        yield from _gpus(template, path, container)
    yield from gke.faults(template)


def _names(template: PodTemplate) -> Iterator[str]:
    named = [((*path, "name"), word(container, "name")) for path, container in containers(template)]
    for path, name in repeated(named):
        yield fault(template.item, path, f"another container of this pod is named {name} too")


def _volumes(template: PodTemplate) -> Iterator[str]:
    where = (*template.path, "spec", "volumes")
    declared = [
        ((*where, index, "name"), word(volume, "name")) for index, volume in _spec(template, "volumes")
    ]
    for path, name in repeated(declared):
        yield fault(template.item, path, f"another volume of this pod is named {name} too")
    known = {name for _, name in declared}
    mounted = set()
    for path, container in containers(template):
        mounts = [
            ((*path, "volumeMounts", index), mount) for index, mount in entries(container, "volumeMounts")
        ]
        for place, mount in mounts:
            name = word(mount, "name")
            mounted.add(name)
            if name not in known:
                yield fault(template.item, (*place, "name"), f"the pod has no volume named {name}")
        paths = [((*place, "mountPath"), word(mount, "mountPath").rstrip("/")) for place, mount in mounts]
        for place, mount_path in repeated(paths):
            yield fault(
                template.item, place, f"another volume of this container is mounted at {mount_path} too"
            )
    for path, name in declared:
        if name not in mounted and not name.startswith(_SIDECAR_VOLUMES):
            yield fault(template.item, path, f"no container mounts the volume {name}")


def _host_network(template: PodTemplate) -> Iterator[str]:
    spec = mapping(template.body, "spec")
    if spec.get("hostNetwork") is True and spec.get("dnsPolicy") != "ClusterFirstWithHostNet":
        path = (*template.path, "spec", "dnsPolicy")
        yield fault(template.item, path, "a pod on the host's network needs ClusterFirstWithHostNet")


def _environment(template: PodTemplate, path: Path, container: Object) -> Iterator[str]:
    variables = [((*path, "env", index), variable) for index, variable in entries(container, "env")]
    for place, name in repeated(((*place, "name"), word(variable, "name")) for place, variable in variables):
        yield fault(template.item, place, f"the variable {name} is set earlier in this container")
    for place, variable in variables:
        name = word(variable, "name")
        if "value" in variable and name.startswith("LWS_"):
            yield fault(
                template.item, place, f"{name} is set by the LeaderWorkerSet controller, never as a literal"
            )
        if "value" in variable and name == "VLLM_HOST_IP":
            yield fault(template.item, place, f"{name} differs from pod to pod, so it is never a literal")


def _ports(template: PodTemplate, path: Path, container: Object) -> Iterator[str]:
    ports = [((*path, "ports", index), port) for index, port in entries(container, "ports")]
    numbers = [
        ((*place, "containerPort"), f"{at(port, 'containerPort')}/{port.get('protocol', 'TCP')}")
        for place, port in ports
    ]
    for place, number in repeated(numbers):
        yield fault(template.item, place, f"the port {number} is declared earlier in this container")
    names = [((*place, "name"), word(port, "name")) for place, port in ports if "name" in port]
    for place, name in repeated(names):
        yield fault(template.item, place, f"another port of this container is named {name} too")
    known = port_references(container)
    for probe in _HANDLERS:
        for action in ("httpGet", "tcpSocket"):
            port = at(container, probe, action, "port")
            if port is not None and port not in known:
                yield fault(
                    template.item, (*path, probe, action, "port"), f"the container has no port {port}"
                )


def port_references(container: Object) -> list[object]:
    """Return what may be written for a port of the container: its numbers and its names."""
    ports = [port for _, port in entries(container, "ports")]
    return [port[key] for port in ports for key in ("containerPort", "name") if key in port]


def _gpus(template: PodTemplate, path: Path, container: Object) -> Iterator[str]:
    limit, request = (at(container, "resources", group, _GPU) for group in ("limits", "requests"))
    if limit != request:
        where = (*path, "resources", "requests", _GPU)
        yield fault(
            template.item, where, f"the request for GPUs is {_amount(request)}, the limit {_amount(limit)}"
        )


def _amount(value: object) -> str:
    return "absent" if value is None else str(value)


def _spec(template: PodTemplate, field: str) -> list[tuple[int, Object]]:
    return entries(template.body, "spec", field)
