"""Bundle -> the same bundle, when every object fits its schema and whatever refers to something finds it.

A fault found here is r1c's own: a checked plan cannot lead to one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from r1c.bundle import Bundle, Object, Text
from r1c.diagnostics import InternalError
from r1c.pattern import pattern
from r1c.verify import build, group, kustomization, pods, references, schema
from r1c.verify.item import Item, fault, items, pod_templates, strings

_TOKEN = pattern(r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}")
_clean: dict[str, Object] = {}
"""The latest document of each file without a token: what is the same for every recipe is looked at once."""


def verify(bundle: Bundle, external: frozenset[tuple[str, str]] = frozenset()) -> Bundle:
    """Return the bundle as it is.

    `external` has the (kind, name) of each Secret, ServiceAccount or ConfigMap that the cluster has already.
    Raises InternalError with every fault, a line each: file, object, path in the object, what is wrong.
    """
    found = sorted(set(_faults(bundle, external)))
    if found:
        listing = _TOKEN.sub("hf_(hidden)", "\n".join(found))
        raise InternalError(f"the output for {bundle.recipe} has faults:\n{listing}")
    return bundle


def _faults(bundle: Bundle, external: frozenset[tuple[str, str]]) -> Iterator[str]:
    documents = items(bundle)
    yield from _files(bundle)
    for document in documents:
        yield from schema.faults(document)
        yield from group.faults(document)
    for template in pod_templates(documents):
        yield from pods.faults(template)
    yield from references.faults(documents, external)
    yield from kustomization.faults(bundle, documents)
    yield from build.faults(bundle, documents)
    yield from _tokens(bundle, documents)


def _files(bundle: Bundle) -> Iterator[str]:
    for path, count in Counter(file.path for file in bundle.files).items():
        if count > 1:
            yield f"{path}: {count} files have this path"


def _tokens(bundle: Bundle, documents: tuple[Item, ...]) -> Iterator[str]:
    said = "this looks like a Hugging Face token; a token never enters a file"
    for document in documents:
        if _clean.get(document.file) is document.body:
            continue
        if not _holds_token(document.body):
            _clean[document.file] = document.body
            continue
        for path, text in strings(document.body):
            if _TOKEN.search(text):
                yield fault(document, path, said)
    for file in bundle.files:
        if isinstance(file, Text):
            for number, line in enumerate(file.content.splitlines(), start=1):
                if _TOKEN.search(line):
                    yield f"{file.path}: line {number}: {said}"


def _holds_token(value: object) -> bool:
    """Tell whether there is a token to be found; where there is none, as there should not be, that is all."""
    if isinstance(value, str):
        return "hf_" in value and _TOKEN.search(value) is not None
    if isinstance(value, dict):
        return any(_holds_token(str(key)) or _holds_token(below) for key, below in value.items())
    # Whatever else may hold something is looked at in full.
    return any(map(_holds_token, value)) if isinstance(value, list) else isinstance(value, Mapping)
