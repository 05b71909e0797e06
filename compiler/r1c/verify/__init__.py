"""Bundle -> the same bundle, when every object fits its schema and whatever refers to something finds it.

A fault found here is a bug of r1c: a checked plan never leads to one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from r1c.diagnostics import InternalError
from r1c.lower.bundle import Bundle, Text
from r1c.lower.kustomization import BLOCKS
from r1c.verify import build, group, kustomization, pods, references, schema
from r1c.verify.documents import Item, fault, items, pod_templates, strings

_TOKEN = r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}"  # noqa: S105  # a pattern
_LIKE_TOKEN = r"hf_[A-Za-z0-9]{30}"  # noqa: S105  # a pattern
_MARK = "hf_"
"""What each token has, and how it begins: looked for much faster, and most files have not even the latter."""
_SAID = "this looks like a Hugging Face token; a file must not contain one"


def verify(bundle: Bundle, external: frozenset[tuple[str, str]] = frozenset()) -> Bundle:
    """Return the bundle unchanged.

    `external` has the (kind, name) of each Secret, ServiceAccount or ConfigMap that the cluster has already.
    Raises InternalError with every fault, a line each: file, object, path in the object, what is wrong.
    """
    found = sorted(set(_faults(bundle, external)))
    if found:
        listing = re.sub(_TOKEN, "hf_(hidden)", "\n".join(found))
        raise InternalError(f"the output for {bundle.recipe} has faults:\n{listing}")
    return bundle


def _faults(bundle: Bundle, external: frozenset[tuple[str, str]]) -> Iterator[str]:
    documents = items(bundle)
    templates = tuple(pod_templates(documents))
    yield from _files(bundle)
    for document in documents:
        yield from schema.faults(document)
        yield from group.faults(document)
        yield from _tokens(document)
    yield from pods.faults(templates)
    yield from references.faults(documents, templates, external)
    if any(file.path == BLOCKS for file in bundle.files):
        from r1c.verify import blocks

        yield from blocks.faults(documents, templates)
    yield from kustomization.faults(bundle, documents)
    yield from build.faults(bundle, documents, templates)
    yield from _tokens_in_texts(bundle)


def _files(bundle: Bundle) -> Iterator[str]:
    for path, count in Counter(file.path for file in bundle.files).items():
        if count > 1:
            yield f"{path}: {count} files have this path"


def _has_like_token(text: str) -> bool:
    return _MARK in text and re.search(_LIKE_TOKEN, text) is not None


def _tokens(document: Item) -> Iterator[str]:
    if _has_like_token(document.text):
        for path, text in strings(document.body):
            if re.search(_TOKEN, text):
                yield fault(document, path, _SAID)


def _tokens_in_texts(bundle: Bundle) -> Iterator[str]:
    for file in bundle.files:
        if isinstance(file, Text) and _has_like_token(file.content):
            for number, line in enumerate(file.content.splitlines(), start=1):
                if re.search(_TOKEN, line):
                    yield f"{file.path}: line {number}: {_SAID}"
