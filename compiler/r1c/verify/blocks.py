"""The objects of optional blocks -> selectors that find no pod, and ports and objects that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from r1c.diagnostics import Path
from r1c.lower.bundle import Object
from r1c.verify.documents import Item, PodTemplate, entries, fault, mapping, word
from r1c.verify.pods import port_references
from r1c.verify.references import labels_of

SELECTORS: Mapping[str, Path] = {
    "PodMonitoring": ("spec", "selector", "matchLabels"),
    "PodMonitor": ("spec", "selector", "matchLabels"),
    "PodDisruptionBudget": ("spec", "selector", "matchLabels"),
    "InferencePool": ("spec", "selector", "matchLabels"),
    "NetworkPolicy": ("spec", "podSelector", "matchLabels"),
}
"""Where an object of a kind has the labels of the pods that it is for."""

_SCRAPED: Mapping[str, str] = {"PodMonitoring": "endpoints", "PodMonitor": "podMetricsEndpoints"}


def faults(documents: tuple[Item, ...], templates: tuple[PodTemplate, ...]) -> Iterator[str]:
    """Yield the faults of each object that selects pods."""
    named = {(item.kind, item.name) for item in documents}
    for item in documents:
        yield from _references(item, named)
        place = SELECTORS.get(item.kind)
        if place is None:
            continue
        chosen = _chosen(mapping(item.body, *place), templates)
        if not chosen:
            yield fault(item, place, "no pod has all of these labels")
        if item.kind in _SCRAPED:
            yield from _scraped(item, chosen)


def _references(item: Item, named: set[tuple[str, str]]) -> Iterator[str]:
    """Find names of objects that are not in the output."""
    if item.kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        wanted = ("LeaderWorkerSet", word(item.body, "spec", "scaleTargetRef", "name"))
        if wanted not in named:
            yield fault(
                item, ("spec", "scaleTargetRef", "name"), f"there is no {' '.join(wanted)} in the output"
            )
    for place, kind, name in _routed(item):
        if (kind, name) not in named:
            yield fault(item, place, f"there is no {kind} {name} in the output")
    for index, trigger in entries(item.body, "spec", "triggers"):
        name = word(trigger, "authenticationRef", "name")
        if name and ("TriggerAuthentication", name) not in named:
            place = ("spec", "triggers", index, "authenticationRef", "name")
            yield fault(item, place, f"there is no TriggerAuthentication {name} in the output")


def _routed(item: Item) -> Iterator[tuple[Path, str, str]]:
    """Yield what routes, policies and pools send requests to, each with its place."""
    for number, rule in entries(item.body, "spec", "rules") if item.kind == "HTTPRoute" else ():
        for index, backend in entries(rule, "backendRefs"):
            place: Path = ("spec", "rules", number, "backendRefs", index, "name")
            yield place, word(backend, "kind"), word(backend, "name")
    for field in ("targetRef", "endpointPickerRef"):
        reference = mapping(item.body, "spec", field)
        if reference:
            yield ("spec", field, "name"), word(reference, "kind"), word(reference, "name")


def _chosen(selector: Object, templates: tuple[PodTemplate, ...]) -> list[PodTemplate]:
    return [template for template in templates if selector.items() <= labels_of(template).items()]


def _scraped(item: Item, chosen: list[PodTemplate]) -> Iterator[str]:
    for template in chosen:
        ports = [port for _, container in template.containers for port in port_references(container)]
        for index, endpoint in entries(item.body, "spec", _SCRAPED[item.kind]):
            if endpoint.get("port") not in ports:
                place: Path = ("spec", _SCRAPED[item.kind], index, "port")
                yield fault(item, place, f"a pod that it selects has no port {endpoint.get('port')}")
