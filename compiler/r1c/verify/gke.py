"""A pod template's GKE annotations -> where they do not parse or do not agree with the pod."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from r1c.lower.bundle import Object
from r1c.verify.documents import PodTemplate, entries, fault, mapping, repeated, word

_DEVICES = "devices.gke.io/container."
_INTERFACES = "networking.gke.io/interfaces"
_DEFAULT_INTERFACE = "networking.gke.io/default-interface"
_GCSFUSE = "gke-gcsfuse/volumes"
_GCSFUSE_DRIVER = "gcsfuse.csi.storage.gke.io"
_DEVICE = r"- path: /dev/[A-Za-z0-9_./-]+"


def faults(template: PodTemplate) -> Iterator[str]:
    """Yield the faults of a pod template's annotations."""
    found = mapping(template.body, "metadata", "annotations")
    names = {word(container, "name") for _, container in template.containers}
    for key in found:
        if str(key).startswith(_DEVICES):
            yield from _devices(template, names, str(key), word(found, key))
    given = word(found, _INTERFACES) if _INTERFACES in found else None
    default = word(found, _DEFAULT_INTERFACE) if _DEFAULT_INTERFACE in found else None
    for key, what in _misread_interfaces(given, default):
        yield _fault(template, key, what)
    yield from _gcsfuse(template, found)


def _devices(template: PodTemplate, names: set[str], key: str, value: str) -> Iterator[str]:
    name = key.removeprefix(_DEVICES)
    if name not in names:
        yield _fault(template, key, f"the pod has no container named {name}")
    for what in _misread(value):
        yield _fault(template, key, what)


@lru_cache(64)
def _misread(value: str) -> tuple[str, ...]:
    """Return what is wrong with a list of devices; those of one machine type are the same in every recipe."""
    found, lines = [], value.splitlines()
    if not lines or not all(re.fullmatch(_DEVICE, line) for line in lines):
        found.append("the value is not a YAML list of `- path: /dev/...` lines")
    if len(set(lines)) < len(lines):
        found.append("the list names a device twice")
    return tuple(found)


@lru_cache(64)
def _misread_interfaces(given: str | None, default: str | None) -> tuple[tuple[str, str], ...]:
    """Return what is wrong with the interfaces and their default, each with its annotation."""
    if given is None:
        what = f"there is no {_INTERFACES} to choose from"
        return () if default is None else ((_DEFAULT_INTERFACE, what),)
    try:
        listed = json.loads(given)
    except ValueError:
        return ((_INTERFACES, "the value is not JSON"),)
    pairs = entries({"": listed}, "")
    fields = {"interfaceName", "network"}
    if not pairs or len(pairs) < len(listed) or any(set(pair) != fields for _, pair in pairs):
        return ((_INTERFACES, "the value is not a JSON list of {interfaceName, network}"),)
    found = []
    for field in sorted(fields):
        names = [str(pair[field]) for _, pair in pairs]
        for index in repeated(names):
            found.append((_INTERFACES, f"the {field} {names[index]} is listed twice"))
    if (default or "") not in [pair["interfaceName"] for _, pair in pairs]:
        found.append((_DEFAULT_INTERFACE, f'"{default or ""}" is not one of the interfaces listed'))
    return tuple(found)


def _gcsfuse(template: PodTemplate, found: Object) -> Iterator[str]:
    volumes = entries(template.body, "spec", "volumes")
    drivers = [word(volume, "csi", "driver") for _, volume in volumes if "csi" in volume]
    if _GCSFUSE_DRIVER in drivers and found.get(_GCSFUSE) != "true":
        yield _fault(
            template, _GCSFUSE, 'a Cloud Storage volume needs this annotation, with the value "true"'
        )
    if _GCSFUSE_DRIVER not in drivers and _GCSFUSE in found:
        yield _fault(template, _GCSFUSE, "the pod has no Cloud Storage volume")


def _fault(template: PodTemplate, key: str, what: str) -> str:
    return fault(template.item, (*template.path, "metadata", "annotations", key), what)
