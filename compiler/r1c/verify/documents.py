"""Bundle -> its YAML documents and pod templates with their places, and safe ways to read them.

A missing value or one of the wrong type is reported elsewhere and does not stop the reading: it reads as
empty.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from r1c.diagnostics import Path
from r1c.lower.bundle import Bundle, Manifest, Object
from r1c.record import record

_MAPS = (dict, Mapping)
"""The types of maps; most are dicts, so that type is tested first."""
_ATOMS = (int, float, type(None))
BETWEEN = "\0"
"""Stands between the strings of a document: nothing that is looked for has it, so no match spans two."""
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEMPLATES: tuple[Path, ...] = (
    ("spec", "leaderWorkerTemplate", "leaderTemplate"),
    ("spec", "leaderWorkerTemplate", "workerTemplate"),
)


@record
class Item:
    """One YAML document and the file that it is in; kind and name are empty if it has none.

    `text` has all its strings, keys included, with BETWEEN between them: what is not in it is in no string.
    """

    file: str
    body: Object
    kind: str
    name: str
    text: str


@record
class PodTemplate:
    """A pod template inside a document."""

    item: Item
    path: Path
    body: Object
    containers: tuple[tuple[Path, Object], ...]
    """Its init containers and containers with their paths in the document."""


def items(bundle: Bundle) -> tuple[Item, ...]:
    """Return every YAML document of the bundle, in order."""
    manifests = [file for file in bundle.files if isinstance(file, Manifest)]
    return tuple(_item(file.path, body) for file in manifests for body in file.objects)


def _item(file: str, body: Object) -> Item:
    return Item(file, body, word(body, "kind"), word(body, "metadata", "name"), _text(body))


def _text(body: Object) -> str:
    try:
        return BETWEEN.join(_plain_texts(body))
    except TypeError:
        return BETWEEN.join(text for _, text in strings(body))


def _plain_texts(body: Object) -> list[str]:
    """Return the strings of a document of plain data; raises TypeError for other types in it."""
    found: list[str] = []
    todo: list[Any] = [body]
    for value in todo:
        if type(value) is dict:
            found += value
        for item in value.values() if type(value) is dict else value:
            if type(item) is str:
                found.append(item)
            elif type(item) is dict or type(item) is list:
                todo.append(item)
            elif not isinstance(item, _ATOMS):
                raise TypeError
    return found


def fault(item: Item, path: Path, what: str) -> str:
    """Write a fault as one line: file, kind and name where the document has them, path, what is wrong."""
    named = " ".join(part for part in (item.kind, item.name) if part)
    line = ": ".join(part for part in (item.file, named, written(path), what) if part)
    return line.replace("\n", "\\n")


def written(path: Path) -> str:
    """Write a path: spec.containers[0].env; other keys than plain words are quoted in brackets."""
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
        if not isinstance(value, _MAPS):
            return None
        value = value.get(part)
    return value


def mapping(value: Any, *path: str | int) -> Object:
    """Return the mapping at a path, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, _MAPS) else {}


def word(value: Any, *path: str | int) -> str:
    """Return the string at a path, or an empty one."""
    for part in path:
        if not isinstance(value, _MAPS):
            return ""
        value = value.get(part)
    return value if isinstance(value, str) else ""


def words(value: Any, *path: str | int) -> list[str]:
    """Return the strings in the list at a path."""
    found = at(value, *path)
    return [entry for entry in found if isinstance(entry, str)] if isinstance(found, list) else []


def entries(value: Any, *path: str | int) -> list[tuple[int, Object]]:
    """Return the mappings in the list at a path, each with its index."""
    found = at(value, *path)
    if not isinstance(found, list):
        return []
    return [(index, entry) for index, entry in enumerate(found) if isinstance(entry, _MAPS)]


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


def repeated(values: Sequence[Hashable]) -> list[int]:
    """Return the index of each value that an earlier one equals."""
    if len(set(values)) == len(values):
        return []
    seen: set[Hashable] = set()
    found = []
    for index, value in enumerate(values):
        if value in seen:
            found.append(index)
        seen.add(value)
    return found


def pod_templates(documents: Iterable[Item]) -> Iterator[PodTemplate]:
    """Yield the pod templates of LeaderWorkerSets, Deployments and Jobs."""
    for item in documents:
        paths: tuple[Path, ...] = ()
        if item.kind == "LeaderWorkerSet":
            paths = _TEMPLATES
        elif item.kind in ("Deployment", "Job"):
            paths = (("spec", "template"),)
        for path in paths:
            body = mapping(item.body, *path)
            if body:
                yield PodTemplate(item, path, body, _containers(path, body))


def _containers(path: Path, body: Object) -> tuple[tuple[Path, Object], ...]:
    return tuple(
        ((*path, "spec", group, index), container)
        for group in ("initContainers", "containers")
        for index, container in entries(body, "spec", group)
    )
