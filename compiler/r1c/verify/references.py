"""All documents -> names, labels, ports and namespaces that one object says of another without a match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from r1c.bundle import Object
from r1c.diagnostics import Path
from r1c.record import record
from r1c.verify.item import (
    Item,
    PodTemplate,
    at,
    containers,
    entries,
    fault,
    kind,
    mapping,
    name,
    pod_templates,
    repeated,
    word,
)
from r1c.verify.pods import port_references

_LWS_NAME = "leaderworkerset.sigs.k8s.io/name"
_LWS_INDEX = "leaderworkerset.sigs.k8s.io/worker-index"

Keys = frozenset[str] | None
"""The keys of a Secret or ConfigMap; None where the bundle does not show them."""


@record
class _Reference:
    """A name that a pod template gives for another object, with the key that it wants of it, and its path."""

    path: Path
    kind: str
    name: str
    key: str = ""


def faults(documents: tuple[Item, ...], external: frozenset[tuple[str, str]]) -> Iterator[str]:
    """Yield each reference that finds nothing."""
    yield from _identities(documents)
    provided = _provided(documents) | dict.fromkeys(external)
    services = {name(item) for item in documents if kind(item) == "Service"}
    for template in pod_templates(documents):
        yield from _missing(template, provided)
        if kind(template.item) == "Job":
            yield from _benchmark(template, services)
    for item in documents:
        if kind(item) == "Service":
            yield from _selection(item, documents)
        elif kind(item) == "Deployment":
            wanted = mapping(item.body, "spec", "selector", "matchLabels").items()
            if not wanted <= mapping(item.body, "spec", "template", "metadata", "labels").items():
                yield fault(item, ("spec", "selector", "matchLabels"), "the pod template has other labels")


def _identities(documents: tuple[Item, ...]) -> Iterator[str]:
    objects = [item for item in documents if kind(item) and kind(item) != "Kustomization"]
    for path, identity in repeated(
        ((index,), (kind(item), name(item))) for index, item in enumerate(objects)
    ):
        what = f"there is another {' '.join(identity)} in the output"
        yield fault(objects[int(path[0])], ("metadata", "name"), what)
    namespaces = [word(item.body, "metadata", "namespace") for item in objects]
    for item, namespace in zip(objects, namespaces, strict=True):
        if namespace != namespaces[0]:
            path = ("metadata", "namespace")
            yield fault(
                item, path, f'"{namespace}" is not "{namespaces[0]}", the namespace of the first object'
            )


def _provided(documents: tuple[Item, ...]) -> dict[tuple[str, str], Keys]:
    provided: dict[tuple[str, str], Keys] = {}
    for item in documents:
        match kind(item):
            case "ServiceAccount":
                provided["ServiceAccount", name(item)] = None
            case "Secret":
                provided["Secret", name(item)] = frozenset(mapping(item.body, "stringData"))
            case "ConfigMap":
                provided["ConfigMap", name(item)] = frozenset(mapping(item.body, "data"))
            case "ExternalSecret":
                keys = frozenset(word(entry, "secretKey") for _, entry in entries(item.body, "spec", "data"))
                provided["Secret", word(item.body, "spec", "target", "name")] = keys
            case "Kustomization":
                for made, generator in (("Secret", "secretGenerator"), ("ConfigMap", "configMapGenerator")):
                    for _, entry in entries(item.body, generator):
                        provided[made, word(entry, "name")] = None
    return provided


def _missing(template: PodTemplate, provided: Mapping[tuple[str, str], Keys]) -> Iterator[str]:
    for wanted in _references(template):
        if (wanted.kind, wanted.name) not in provided:
            what = (
                f"there is no {wanted.kind} {wanted.name} in the output, nor is one said to be in the cluster"
            )
            yield fault(template.item, wanted.path, what)
            continue
        keys = provided[wanted.kind, wanted.name]
        if wanted.key and keys is not None and wanted.key not in keys:
            yield fault(
                template.item, wanted.path, f"the {wanted.kind} {wanted.name} has no key {wanted.key}"
            )


def _references(template: PodTemplate) -> Iterator[_Reference]:
    spec = (*template.path, "spec")
    account = word(template.body, "spec", "serviceAccountName")
    if account:
        yield _Reference((*spec, "serviceAccountName"), "ServiceAccount", account)
    for index, entry in entries(template.body, "spec", "imagePullSecrets"):
        yield _Reference((*spec, "imagePullSecrets", index), "Secret", word(entry, "name"))
    for index, volume in entries(template.body, "spec", "volumes"):
        if "secret" in volume:
            yield _Reference((*spec, "volumes", index), "Secret", word(volume, "secret", "secretName"))
        if "configMap" in volume:
            yield _Reference((*spec, "volumes", index), "ConfigMap", word(volume, "configMap", "name"))
    for path, container in containers(template):
        for index, variable in entries(container, "env"):
            for field, named in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                reference = mapping(variable, "valueFrom", field)
                if reference:
                    place = (*path, "env", index, "valueFrom", field)
                    yield _Reference(place, named, word(reference, "name"), word(reference, "key"))
        for index, source in entries(container, "envFrom"):
            for field, named in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
                if field in source:
                    yield _Reference((*path, "envFrom", index), named, word(source, field, "name"))


def _benchmark(template: PodTemplate, services: set[str]) -> Iterator[str]:
    given = [
        ((*path, "env", index, "value"), word(variable, "value"))
        for path, container in containers(template)
        for index, variable in entries(container, "env")
        if variable.get("name") == "SERVICE"
    ]
    if not given:
        yield fault(template.item, template.path, "no container has the variable SERVICE")
    for place, service in given:
        if service not in services:
            yield fault(template.item, place, f"there is no Service {service} in the output")


def _selection(service: Item, documents: tuple[Item, ...]) -> Iterator[str]:
    selector = mapping(service.body, "spec", "selector").items()
    chosen = [template for template in pod_templates(documents) if selector <= _labels(template).items()]
    if not chosen:
        yield fault(service, ("spec", "selector"), "no pod has all of these labels")
    for template in chosen:
        if template.path[-1] == "workerTemplate":
            yield fault(service, ("spec", "selector"), "workers have these labels too, and they do not serve")
        ports = [port for _, container in containers(template) for port in port_references(container)]
        for index, port in entries(service.body, "spec", "ports"):
            target = at(port, "targetPort")
            if target not in ports and template.path[-1] != "workerTemplate":
                yield fault(
                    service, ("spec", "ports", index, "targetPort"), f"the pods have no port {target}"
                )
    if any(kind(item) == "LeaderWorkerSet" and name(item) == name(service) for item in documents):
        path = ("metadata", "name")
        yield fault(
            service, path, "the controller makes a Service of the LeaderWorkerSet's own name for its DNS"
        )


def _labels(template: PodTemplate) -> Object:
    """Return the labels of a pod: its template's, and in a LeaderWorkerSet those of the controller."""
    labels = mapping(template.body, "metadata", "labels")
    if kind(template.item) != "LeaderWorkerSet":
        return labels
    leads = template.path[-1] == "leaderTemplate"
    return {**labels, _LWS_NAME: name(template.item)} | ({_LWS_INDEX: "0"} if leads else {})
