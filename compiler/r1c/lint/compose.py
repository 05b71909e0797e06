"""A docker-compose file -> the vLLM servers among its services."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from r1c.adopt import images
from r1c.adopt.flags import takes
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.shell import server
from r1c.diagnostics import Path
from r1c.lint.command_line import entry, located, stretches
from r1c.lint.pods import number, nvidia
from r1c.lint.server import Found, Number, Variables
from r1c.source import Document, Entry

_REFERENCE = re.compile(r"\$\$|\$\{(\w+)[^}]*\}|\$(\w+)")


def is_compose(document: Document) -> bool:
    """Tell whether a document is a compose file."""
    return isinstance(document.data.get("services"), dict) and "kind" not in document.data


def servers(document: Document) -> Iterator[Found]:
    """Yield each server, in the order of the file."""
    for name, service in document.data["services"].items():
        at: Path = ("services", name)
        if isinstance(service, dict) and nvidia(str(service.get("image", "")), {}):
            found = _server(document, service, at)
            if found:
                yield found


def _server(document: Document, service: Mapping[str, Any], at: Path) -> Found | None:
    image = str(service.get("image", ""))
    known = _variables(document, service, at)
    entrypoint, command = (_words(service.get(key)) for key in ("entrypoint", "command"))
    version = images.release_of(images.split(image).tag)
    started = server(
        entrypoint,
        command,
        known.values,
        lambda name: takes(name, version),
        entrypoint="vllm" in images.split(image).name,
    )
    if started is None:
        return None
    parts = [*stretches(document, (*at, "entrypoint")), *stretches(document, (*at, "command"))]
    place = document.places.get((*at, "command"), document.places[at])
    size = service.get("shm_size")
    return Found(
        f"service {at[-1]}",
        document,
        document.places[at],
        located(started, document.source, parts, place),
        image,
        document.places.get((*at, "image")),
        known,
        nodes=Number(1, document.places[at]),
        gpus=_gpus(document, service, at),
        shared_memory=(_quantity(str(size)), document.places[(*at, "shm_size")]) if size else None,
    )


def _words(value: Any) -> list[str]:
    """Return the words of a command; ${NAME} is a value from outside the file."""
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError:
            return []
    listed = [str(word) for word in value] if isinstance(value, list) else []
    return [_REFERENCE.sub(_outside, word) for word in listed]


def _outside(match: re.Match[str]) -> str:
    return "$$" if match[0] == "$$" else f"$({match[1] or match[2]})"


def _variables(document: Document, service: Mapping[str, Any], at: Path) -> Variables:
    """Read environment as a map or as a list of NAME=VALUE; what is from outside the file is hidden."""
    values: dict[str, str] = {}
    places: dict[str, Entry] = {}
    hidden: set[str] = set()
    written = service.get("environment")
    pairs: list[tuple[str, Any, Entry]] = []
    if isinstance(written, dict):
        pairs = [
            (name, value, document.places[(*at, "environment", name)]) for name, value in written.items()
        ]
    elif isinstance(written, list):
        for index, item in enumerate(written):
            name, given, value = str(item).partition("=")
            place = document.places[(*at, "environment", index)]
            pairs.append((name, value if given else None, entry(place.source, None, place.value_at)))
    for name, value, place in pairs:
        places[name] = place
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if value is None or "$" in text:
            hidden.add(name)
        else:
            values[name] = text
    return Variables(values, places, frozenset(hidden), not service.get("env_file"))


def _gpus(document: Document, service: Mapping[str, Any], at: Path) -> Number | None:
    path: Path = ("deploy", "resources", "reservations", "devices")
    devices = entries(section(service, *map(str, path[:-1])).get("devices"))
    for index, device in enumerate(devices):
        listed = device.get("device_ids")
        if "gpu" in (device.get("capabilities") or []):
            count, key = (
                (len(listed), "device_ids") if isinstance(listed, list) else (device.get("count"), "count")
            )
            return number(document, count, (*at, *path, index, key))
    return None


def _quantity(size: str) -> str:
    """Write a size of compose as Kubernetes does: 16gb is 16Gi."""
    match = re.fullmatch(r"([0-9.]+)\s*([kmg])b?", size.strip().lower())
    return f"{match[1]}{match[2].upper()}i" if match else size
