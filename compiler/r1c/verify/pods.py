"""One pod template -> its dangling references, duplicates and contradictions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from r1c.diagnostics import Path
from r1c.lower.bundle import Object
from r1c.verify import gke
from r1c.verify.documents import PodTemplate, at, entries, fault, mapping, repeated, word

_SIDECAR_VOLUMES = "gke-gcsfuse-"
"""Volumes so named are for the sidecar that GKE adds to the pod: no container of ours mounts them."""

_GPU = "nvidia.com/gpu"
_PROBED = tuple(
    itertools.product(("startupProbe", "readinessProbe", "livenessProbe"), ("httpGet", "tcpSocket"))
)


def faults(templates: tuple[PodTemplate, ...]) -> Iterator[str]:
    """Yield the faults of pod templates."""
    for template in templates:
        yield from _names(template)
        yield from _volumes(template)
        yield from _host_network(template)
        for path, container in template.containers:
            yield from _environment(template, path, container)
            yield from _ports(template, path, container)
            yield from _gpus(template, path, container)
            yield from _claims(template, path, container)
        yield from gke.faults(template)


def _names(template: PodTemplate) -> Iterator[str]:
    names = [word(container, "name") for _, container in template.containers]
    for number in repeated(names):
        place = (*template.containers[number][0], "name")
        yield fault(template.item, place, f"another container of this pod is named {names[number]} too")


def _volumes(template: PodTemplate) -> Iterator[str]:
    where = (*template.path, "spec", "volumes")
    declared = [(index, word(volume, "name")) for index, volume in entries(template.body, "spec", "volumes")]
    for number in repeated([name for _, name in declared]):
        index, name = declared[number]
        yield fault(template.item, (*where, index, "name"), f"another volume of this pod is named {name} too")
    known = {name for _, name in declared}
    mounted = set()
    for path, container in template.containers:
        mounts = entries(container, "volumeMounts")
        for index, mount in mounts:
            name = word(mount, "name")
            mounted.add(name)
            if name not in known:
                place = (*path, "volumeMounts", index, "name")
                yield fault(template.item, place, f"the pod has no volume named {name}")
        paths = [word(mount, "mountPath").rstrip("/") for _, mount in mounts]
        for number in repeated(paths):
            place = (*path, "volumeMounts", mounts[number][0], "mountPath")
            yield fault(
                template.item, place, f"another volume of this container is mounted at {paths[number]} too"
            )
    for index, name in declared:
        if name not in mounted and not name.startswith(_SIDECAR_VOLUMES):
            yield fault(template.item, (*where, index, "name"), f"no container mounts the volume {name}")


def _host_network(template: PodTemplate) -> Iterator[str]:
    spec = mapping(template.body, "spec")
    if spec.get("hostNetwork") is True and spec.get("dnsPolicy") != "ClusterFirstWithHostNet":
        path = (*template.path, "spec", "dnsPolicy")
        yield fault(template.item, path, "a pod on the host network needs ClusterFirstWithHostNet")


def _environment(template: PodTemplate, path: Path, container: Object) -> Iterator[str]:
    variables = entries(container, "env")
    names = [word(variable, "name") for _, variable in variables]
    for number in repeated(names):
        place = (*path, "env", variables[number][0], "name")
        yield fault(template.item, place, f"the variable {names[number]} is set earlier in this container")
    for (index, variable), name in zip(variables, names, strict=True):
        if name.startswith("LWS_") and "value" in variable:
            yield fault(
                template.item,
                (*path, "env", index),
                f"{name} is set by the LeaderWorkerSet controller, never as a literal",
            )
        if name == "VLLM_HOST_IP" and "value" in variable:
            what = f"{name} differs from pod to pod, so it is never a literal"
            yield fault(template.item, (*path, "env", index), what)


def _ports(template: PodTemplate, path: Path, container: Object) -> Iterator[str]:
    ports = entries(container, "ports")
    numbers = [f"{at(port, 'containerPort')}/{port.get('protocol', 'TCP')}" for _, port in ports]
    for number in repeated(numbers):
        place = (*path, "ports", ports[number][0], "containerPort")
        yield fault(template.item, place, f"the port {numbers[number]} is declared earlier in this container")
    named = [(index, word(port, "name")) for index, port in ports if "name" in port]
    for number in repeated([name for _, name in named]):
        index, name = named[number]
        place = (*path, "ports", index, "name")
        yield fault(template.item, place, f"another port of this container is named {name} too")
    known = port_references(container)
    for probe, action in _PROBED:
        if probe in container:
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
    limit, request = at(container, "resources", "limits", _GPU), at(container, "resources", "requests", _GPU)
    if limit != request:
        where = (*path, "resources", "requests", _GPU)
        yield fault(
            template.item, where, f"the request for GPUs is {_amount(request)}, the limit {_amount(limit)}"
        )


def _claims(template: PodTemplate, path: Path, container: Object) -> Iterator[str]:
    known = [word(claim, "name") for _, claim in entries(template.body, "spec", "resourceClaims")]
    for index, claim in entries(container, "resources", "claims"):
        if word(claim, "name") not in known:
            place = (*path, "resources", "claims", index)
            yield fault(template.item, place, f"the pod has no claim named {word(claim, 'name')}")


def _amount(value: object) -> str:
    return "absent" if value is None else str(value)
