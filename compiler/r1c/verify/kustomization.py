"""The kustomizations and files of a bundle -> files named but not there, and files there but not named."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache

from r1c.diagnostics import Path
from r1c.lower.bundle import Bundle, Object, Text
from r1c.verify.documents import Item, at, entries, fault, mapping, word, words

_OF_ONE_RECIPE = frozenset({"app.kubernetes.io/instance", "app.kubernetes.io/part-of"})


def faults(bundle: Bundle, documents: tuple[Item, ...]) -> Iterator[str]:
    """Yield the faults of every kustomization."""
    files = {file.path for file in bundle.files}
    namespace = next((found for item in documents if (found := word(item.body, "metadata", "namespace"))), "")
    for item in documents:
        yield from _shared(item)
        if item.kind == "Kustomization":
            yield from _listed(item, files)
            yield from _unlisted(item, documents)
            yield from _generated(item, namespace)
            yield from _ignored(item, bundle)


def _listed(item: Item, files: set[str]) -> Iterator[str]:
    named: list[tuple[Path, str]] = [
        ((field, index), path)
        for field in ("resources", "configurations")
        for index, path in enumerate(words(item.body, field))
    ]
    schema = word(item.body, "openapi", "path")
    if schema:
        named.append((("openapi", "path"), schema))
    for place, path in named:
        if _beside(item, path) not in files:
            yield fault(item, place, f"there is no file {_beside(item, path)} in the output")


def _unlisted(item: Item, documents: tuple[Item, ...]) -> Iterator[str]:
    """Find objects beside the kustomization that it leaves out. A Secret's placeholder must be left out."""
    listed = {_beside(item, path) for path in words(item.body, "resources")}
    folder = item.file.rpartition("/")[0]
    for other in documents:
        if not other.kind or other is item or other.file.rpartition("/")[0] != folder:
            continue
        if other.kind == "Secret" and other.file in listed:
            what = f"{other.file} holds a placeholder, and applying it would replace a live token"
            yield fault(item, ("resources",), what)
        if other.kind != "Secret" and other.file not in listed:
            yield fault(item, ("resources",), f"{other.file} is not listed")


def _generated(item: Item, namespace: str) -> Iterator[str]:
    for field in ("secretGenerator", "configMapGenerator"):
        for index, entry in entries(item.body, field):
            own = word(entry, "namespace") or word(item.body, "namespace")
            if own != namespace:
                what = f'the namespace "{own}" is not "{namespace}", that of the objects'
                yield fault(item, (field, index), what)
            options = ("options", "disableNameSuffixHash")
            if (at(entry, *options) or at(item.body, "generatorOptions", options[1])) is not True:
                yield fault(
                    item, (field, index), "without disableNameSuffixHash the name differs from its references"
                )
    own = word(item.body, "namespace")
    if own and own != namespace:
        yield fault(item, ("namespace",), f'"{own}" is not "{namespace}", the namespace of the objects')


def _shared(item: Item) -> Iterator[str]:
    """Find labels of one recipe on the Secret that recipes of a namespace share.

    Each apply would take it over from the others.
    """
    labels: list[tuple[Path, Object]] = []
    if item.kind in ("Secret", "ExternalSecret"):
        labels.append((("metadata", "labels"), mapping(item.body, "metadata", "labels")))
    elif item.kind == "Kustomization":
        for index, entry in entries(item.body, "secretGenerator"):
            place: Path = ("secretGenerator", index, "options", "labels")
            labels.append((place, mapping(entry, "options", "labels")))
    for place, found in labels:
        for label in sorted(_OF_ONE_RECIPE & set(found)):
            yield fault(item, (*place, label), "the Secret is shared, and this label is one recipe's")


def _ignored(item: Item, bundle: Bundle) -> Iterator[str]:
    """Find files with secrets, which only the user has, that git would take into the repository."""
    wanted = _beside(item, ".gitignore")
    texts = [file.content for file in bundle.files if isinstance(file, Text) and file.path == wanted]
    ignored = [line for text in texts for line in text.splitlines()]
    for index, entry in entries(item.body, "secretGenerator"):
        for path in words(entry, "envs"):
            if f"/{path}" not in ignored:
                yield fault(item, ("secretGenerator", index, "envs"), f"{wanted} has no line /{path}")


def _beside(item: Item, path: str) -> str:
    return _joined(item.file, path)


@lru_cache(256)
def _joined(file: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
