"""The objects of optional blocks -> selectors that find no pod, and ports and objects that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from r1c.diagnostics import Path
from r1c.lower.bundle import Object
from r1c.verify.documents import Item, PodTemplate, entries, fault, mapping
from r1c.verify.pods import port_references
from r1c.verify.references import labels_of

SELECTORS: Mapping[str, Path] = {
    "PodMonitoring": ("spec", "selector", "matchLabels"),
    "PodMonitor": ("spec", "selector", "matchLabels"),
}
"""Where an object of a kind has the labels of the pods that it is for."""

_SCRAPED: Mapping[str, str] = {"PodMonitoring": "endpoints", "PodMonitor": "podMetricsEndpoints"}


def faults(documents: tuple[Item, ...], templates: tuple[PodTemplate, ...]) -> Iterator[str]:
    """Yield the faults of each object that selects pods."""
    for item in documents:
        place = SELECTORS.get(item.kind)
        if place is None:
            continue
        chosen = _chosen(mapping(item.body, *place), templates)
        if not chosen:
            yield fault(item, place, "no pod has all of these labels")
        if item.kind in _SCRAPED:
            yield from _scraped(item, chosen)


def _chosen(selector: Object, templates: tuple[PodTemplate, ...]) -> list[PodTemplate]:
    return [template for template in templates if selector.items() <= labels_of(template).items()]


def _scraped(item: Item, chosen: list[PodTemplate]) -> Iterator[str]:
    for template in chosen:
        ports = [port for _, container in template.containers for port in port_references(container)]
        for index, endpoint in entries(item.body, "spec", _SCRAPED[item.kind]):
            if endpoint.get("port") not in ports:
                place: Path = ("spec", _SCRAPED[item.kind], index, "port")
                yield fault(item, place, f"a pod that it selects has no port {endpoint.get('port')}")
