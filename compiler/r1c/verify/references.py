"""All documents -> references between objects by name, label, port or namespace that match nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from r1c.diagnostics import Path
from r1c.lower.bundle import Object
from r1c.record import record
from r1c.verify.documents import Item, PodTemplate, at, entries, fault, mapping, repeated, word
from r1c.verify.pods import port_references

_LWS_NAME = "leaderworkerset.sigs.k8s.io/name"
_LWS_INDEX = "leaderworkerset.sigs.k8s.io/worker-index"

Keys = frozenset[str] | None
"""The keys of a Secret or ConfigMap; None if the bundle does not show them."""


@record
class _Reference:
    """The name of another object in a pod template, with the key that is read from it, and its path."""

    path: Path
    kind: str
    name: str
    key: str = ""


def faults(
    documents: tuple[Item, ...],
    templates: tuple[PodTemplate, ...],
    external: frozenset[tuple[str, str]],
) -> Iterator[str]:
    """Yield each reference without a match."""
    yield from _identities(documents)
    provided = _provided(documents) | dict.fromkeys(external)
    services = {item.name for item in documents if item.kind == "Service"}
    for template in templates:
        yield from _missing(template, provided)
        if any(word(container, "name") == "benchmark" for _, container in template.containers):
            yield from _benchmark(template, services)
    for item in documents:
        if item.kind == "Service":
            yield from _selection(item, documents, templates)
        elif item.kind == "Deployment":
            wanted = mapping(item.body, "spec", "selector", "matchLabels").items()
            if not wanted <= mapping(item.body, "spec", "template", "metadata", "labels").items():
                yield fault(item, ("spec", "selector", "matchLabels"), "the pod template has other labels")


def _identities(documents: tuple[Item, ...]) -> Iterator[str]:
    objects = [item for item in documents if item.kind and item.kind != "Kustomization"]
    for index in repeated([(item.kind, item.name) for item in objects]):
        item = objects[index]
        yield fault(item, ("metadata", "name"), f"there is another {item.kind} {item.name} in the output")
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
        match item.kind:
            case "ServiceAccount" | "ResourceClaimTemplate":
                provided[item.kind, item.name] = None
            case "Secret":
                provided["Secret", item.name] = frozenset(mapping(item.body, "stringData"))
            case "ConfigMap":
                provided["ConfigMap", item.name] = frozenset(mapping(item.body, "data"))
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
                f"there is no {wanted.kind} {wanted.name} in the output, nor one known to be in the cluster"
            )
            yield fault(template.item, wanted.path, what)
            continue
        keys = provided[wanted.kind, wanted.name]
        if wanted.key and keys is not None and wanted.key not in keys:
            yield fault(
                template.item, wanted.path, f"the {wanted.kind} {wanted.name} has no key {wanted.key}"
            )


def _references(template: PodTemplate) -> Iterator[_Reference]:  # noqa: PLR0912  # one after the other
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
    for index, claim in entries(template.body, "spec", "resourceClaims"):
        place = (*spec, "resourceClaims", index, "resourceClaimTemplateName")
        yield _Reference(place, "ResourceClaimTemplate", word(claim, "resourceClaimTemplateName"))
    for path, container in template.containers:
        for index, variable in entries(container, "env"):
            if "valueFrom" not in variable:
                continue
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
        for path, container in template.containers
        for index, variable in entries(container, "env")
        if variable.get("name") == "SERVICE"
    ]
    if not given:
        yield fault(template.item, template.path, "no container has the variable SERVICE")
    for place, service in given:
        if service not in services:
            yield fault(template.item, place, f"there is no Service {service} in the output")


def _selection(
    service: Item, documents: tuple[Item, ...], templates: tuple[PodTemplate, ...]
) -> Iterator[str]:
    selector = mapping(service.body, "spec", "selector").items()
    chosen = [template for template in templates if selector <= labels_of(template).items()]
    if not chosen:
        yield fault(service, ("spec", "selector"), "no pod has all of these labels")
    for template in chosen:
        if template.path[-1] == "workerTemplate":
            yield fault(
                service, ("spec", "selector"), "workers have these labels too, but they do not serve requests"
            )
        ports = [port for _, container in template.containers for port in port_references(container)]
        for index, port in entries(service.body, "spec", "ports"):
            target = at(port, "targetPort")
            if target not in ports and template.path[-1] != "workerTemplate":
                yield fault(
                    service, ("spec", "ports", index, "targetPort"), f"the pods have no port {target}"
                )
    if any(item.kind == "LeaderWorkerSet" and item.name == service.name for item in documents):
        path = ("metadata", "name")
        yield fault(
            service, path, "the controller makes a Service of the LeaderWorkerSet's own name for its DNS"
        )


def labels_of(template: PodTemplate) -> Object:
    """Return the labels of a pod: its template's, and in a LeaderWorkerSet those of the controller."""
    labels = mapping(template.body, "metadata", "labels")
    if template.item.kind != "LeaderWorkerSet":
        return labels
    leads = template.path[-1] == "leaderTemplate"
    return {**labels, _LWS_NAME: template.item.name} | ({_LWS_INDEX: "0"} if leads else {})
