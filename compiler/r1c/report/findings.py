"""A diagnostic -> its parts as the page shows them."""

from __future__ import annotations

from r1c.diagnostics import Diagnostic, Label
from r1c.record import record


@record
class Finding:
    """A diagnostic in parts; the faulty part of its line is `marked`, between `before` and `after`."""

    severity: str
    code: str
    message: str
    place: str
    before: str
    marked: str
    after: str
    notes: tuple[str, ...]
    help: str


def finding(item: Diagnostic) -> Finding:
    """Return the parts of a diagnostic."""
    line, span = item.source_line, item.span
    start, end = (span.column - 1, span.column - 1 + span.length) if span else (0, 0)
    return Finding(
        item.severity.value,
        item.code,
        item.message,
        f"{item.file}:{span.line}:{span.column}" if span else item.file,
        line[:start].lstrip(),
        line[start:end],
        line[end:].rstrip(),
        tuple(f"{label.message} ({_place(label)})" for label in item.related),
        item.help,
    )


def _place(label: Label) -> str:
    return f"{label.file}:{label.span.line}" if label.span else label.file
