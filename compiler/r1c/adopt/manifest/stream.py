"""A stream of Kubernetes objects as YAML or JSON -> the objects, each with the place of its values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from r1c import source
from r1c.adopt.codes import in_a_file, unusable
from r1c.diagnostics import Code, Diagnostic, Finding, Path, UserError
from r1c.profile.recovery import HELM_VALUES
from r1c.record import record, replace
from r1c.shell.script import Place
from r1c.source import CREDENTIAL, DUPLICATE, EMPTY, MANIFEST, UNICODE, Document
from r1c.source.within import span_within

DOCUMENTS_LIMIT = 2000
"""Maximum number of documents in a stream; a chart with all its parts has a few hundred."""

_VALUES = "`r1c import helm` reads Helm values"
_SCRIPTS = "`r1c lint` checks scripts and compose files, `r1c init` starts a profile"
_BREAK = re.compile(r"^(?:---(?=\s|$)|\.\.\.(?=\s*$))", re.MULTILINE)


@record
class Object:
    """One object and its path in its document; an item of a List is below the document's root."""

    data: Mapping[str, Any]
    document: Document
    inside: Path

    @property
    def kind(self) -> str:
        """The object's kind."""
        return str(self.data.get("kind", ""))

    @property
    def name(self) -> str:
        """The object's name."""
        metadata = self.data.get("metadata")
        return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""

    def diagnostic(self, code: Code, finding: Finding) -> Diagnostic:
        """Locate a finding whose path begins at the object."""
        path, words = _split(finding.path)
        located = Finding(self.inside + path, finding.message, finding.help, finding.on_key)
        whole = self.document.diagnostic(code, located)
        span = words and span_within(self.document, self.inside + path, *words)
        if not span:
            return whole
        line = self.document.line(self.document.origin(located.path), span.line)
        return replace(whole, span=span, source_line=line)


def in_script(place: Place) -> Path:
    """Return the path of a part of a string: the string's, and two numbers below zero, which no index is."""
    return (*place.path, -1 - place.start, -1 - place.end) if place.path else ()


def _split(path: Path) -> tuple[Path, tuple[int, int] | None]:
    """Return the path of a string, and the part of it that in_script added."""
    *_, start, end = (None, None, *path)
    if isinstance(start, int) and isinstance(end, int) and start < 0 and end < 0:
        return path[:-2], (-1 - start, -1 - end)
    return path, None


@record
class Stream:
    """The objects in order, and the faults of the stream: duplicate keys, and credentials."""

    objects: tuple[Object, ...]
    findings: tuple[Diagnostic, ...]


def read_stream(name: str, raw: bytes) -> Stream:
    """Read a stream; raises UserError if it is not YAML or has no object."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{name}: byte 0x{raw[error.start]:02x} at offset {error.start} is not UTF-8"
        ) from None
    read = list(documents(name, text))
    found = tuple(item for document in read for item in objects(document))
    if not found:
        values = any(isinstance(one.data, dict) and one.data.keys() & HELM_VALUES for one in read)
        raise UserError(f"{name}: the file has no Kubernetes object; {_VALUES if values else _SCRIPTS}")
    findings = tuple(
        document.diagnostic(code, in_a_file(finding))
        for document in read
        for code, finding in document.findings
        if code in (DUPLICATE, UNICODE, CREDENTIAL)
    )
    return Stream(found, findings)


def documents(name: str, text: str) -> Iterator[Document]:
    """Read each document with the number of lines that precede it, so that its places are right.

    Raises UserError if one is not YAML.
    """
    parts = list(_parts(text))
    if len(parts) > DOCUMENTS_LIMIT:
        raise UserError(
            f"{name}: {len(parts):,} documents; the limit is {DOCUMENTS_LIMIT:,}; "
            "give the workload's own file"
        )
    for above, part in parts:
        document = source.read(name, part.encode(), MANIFEST, above)
        if document.usable:
            yield document
        elif document.findings[0][0] is not EMPTY:
            # A message may have the number of a line, so it is made where the lines above are there.
            document = source.read(name, b"\n" * above + part.encode(), MANIFEST)
            raise unusable(document)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Yield each document that is not empty, and the number of lines above it."""
    start = lines = 0
    for end in [*(match.start() for match in _BREAK.finditer(text)), len(text)]:
        part = _BREAK.sub("", text[start:end], count=1) if start else text[start:end]
        above, lines = lines, lines + text.count("\n", start, end)
        start = end
        if part.strip():
            yield above, part


def objects(document: Document) -> Iterator[Object]:
    """Yield the objects of a document: itself, or the items of a List."""
    yield from _objects(document, document.data, ())


def _objects(document: Document, data: Any, inside: Path) -> Iterator[Object]:
    if not isinstance(data, dict):
        return
    if data.get("kind") == "List" and isinstance(data.get("items"), list):
        for index, item in enumerate(data["items"]):
            yield from _objects(document, item, (*inside, "items", index))
    elif "kind" in data:
        yield Object(data, document, inside)
