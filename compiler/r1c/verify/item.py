"""Bundle -> its YAML documents and pod templates with their places, and ways to read them that never fail.

What is to be reported as missing or misshapen must not stop the reading: absent values read as empty ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from r1c.bundle import Bundle, Manifest, Object
from r1c.diagnostics import Path
from r1c.pattern import pattern
from r1c.record import record

Value = TypeVar("Value", bound=Hashable)

_MAPS = (dict, Mapping)
"""Every mapping; nearly all are dicts, which is told at once."""
_PLAIN = pattern(r"[A-Za-z_][A-Za-z0-9_]*")


@record
class Item:
    """One YAML document and the file that it is in."""

    file: str
    body: Object


@record
class PodTemplate:
    """A pod template inside a document."""

    item: Item
    path: Path
    body: Object


def items(bundle: Bundle) -> tuple[Item, ...]:
    """Return every YAML document of the bundle, in order."""
    return tuple(
        Item(file.path, body) for file in bundle.files if isinstance(file, Manifest) for body in file.objects
    )


def fault(item: Item, path: Path, what: str) -> str:
    """Write a fault as one line: file, kind and name where the document has them, path, what is wrong."""
    named = " ".join(part for part in (kind(item), name(item)) if part)
    line = ": ".join(part for part in (item.file, named, written(path), what) if part)
    return line.replace("\n", "\\n")


def written(path: Path) -> str:
    """Write a path: spec.containers[0].env; a key that is no plain word is quoted in brackets."""
    text = ""
    for part in path:
        if isinstance(part, str) and _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]' if isinstance(part, str) else f"[{part}]"
    return text


def at(value: Any, *path: str | int) -> Any:
    """Return what is at a path of mappings, or None."""
    for part in path:
        value = value.get(part) if isinstance(value, _MAPS) else None
    return value


def mapping(value: Any, *path: str | int) -> Object:
    """Return the mapping at a path, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, _MAPS) else {}


def word(value: Any, *path: str | int) -> str:
    """Return the string at a path, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def words(value: Any, *path: str | int) -> list[str]:
    """Return the strings in the list at a path."""
    found = at(value, *path)
    return [entry for entry in found if isinstance(entry, str)] if isinstance(found, list) else []


def entries(value: Any, *path: str | int) -> list[tuple[int, Object]]:
    """Return the mappings in the list at a path, each with its index."""
    found = at(value, *path)
    listed = enumerate(found) if isinstance(found, list) else ()
    return [(index, entry) for index, entry in listed if isinstance(entry, _MAPS)]


def kind(item: Item) -> str:
    """Return the document's kind, or nothing."""
    return word(item.body, "kind")


def name(item: Item) -> str:
    """Return the object's name, or nothing."""
    return word(item.body, "metadata", "name")


def strings(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every string below a value with its path; a key counts as a string at its own path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, _MAPS):
        for key, below in value.items():
            yield (*path, str(key)), str(key)
            yield from strings(below, (*path, str(key)))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from strings(below, (*path, index))


def repeated(placed: Iterable[tuple[Path, Value]]) -> Iterator[tuple[Path, Value]]:
    """Yield each entry that an earlier one equals."""
    seen: set[Value] = set()
    for path, value in placed:
        if value in seen:
            yield path, value
        seen.add(value)


def pod_templates(documents: Iterable[Item]) -> Iterator[PodTemplate]:
    """Yield the pod templates of LeaderWorkerSets, Deployments and Jobs."""
    for item in documents:
        paths: tuple[Path, ...] = ()
        if kind(item) == "LeaderWorkerSet":
            paths = tuple(
                ("spec", "leaderWorkerTemplate", role) for role in ("leaderTemplate", "workerTemplate")
            )
        elif kind(item) in ("Deployment", "Job"):
            paths = (("spec", "template"),)
        for path in paths:
            body = mapping(item.body, *path)
            if body:
                yield PodTemplate(item, path, body)


def containers(template: PodTemplate) -> list[tuple[Path, Object]]:
    """Return the template's init containers and containers with their paths in the document."""
    return [
        ((*template.path, "spec", group, index), container)
        for group in ("initContainers", "containers")
        for index, container in entries(template.body, "spec", group)
    ]
