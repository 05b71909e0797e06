"""Values that YAML readers read differently -> the edits that write what their field expects."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.diagnostics import Code, Edit, Finding, Path, Put, safe, unsafe
from r1c.profile import fields
from r1c.record import replace
from r1c.source import AMBIGUOUS, Document

_TRUE, _FALSE = ("yes", "on", "y"), ("no", "off", "n")


def decided(document: Document) -> Iterator[tuple[Code, Finding]]:
    """Yield the findings of a document, with an edit where the field says what was meant."""
    for code, finding in document.findings:
        if code is not AMBIGUOUS:
            yield code, finding
            continue
        entry = document.places.get(finding.path)
        edit = _edit(finding.path, entry.written) if entry and entry.written else None
        yield code, replace(finding, edit=edit)


def _edit(path: Path, text: str) -> Edit | None:
    field, parent = fields.find(path), fields.find(path[:-1])
    word = text.lower() if text.lower() in (*_TRUE, *_FALSE) else None
    if word and field and field.words == "boolean":
        return safe(Put(path, word in _TRUE))
    kind = parent.words if parent and not field else ""
    if kind.startswith("map of strings") or (field and field.words == "string"):
        return safe(Put(path, text))
    if word and kind == "map":
        return unsafe(Put(path, word in _TRUE))
    return None
