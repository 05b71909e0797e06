"""Diagnostics -> the text that a person reads, or JSON for a tool."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence

from r1c.diagnostics import Diagnostic, Severity

_ACTING = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.HINT: "36"}


def printable(text: str) -> str:
    """Escape what a terminal would act on: control, format and bidirectional characters."""
    return "".join(_escape(char) if unicodedata.category(char) in _ACTING else char for char in text)


def _escape(char: str) -> str:
    if char == "\t":
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def text(diagnostics: Sequence[Diagnostic], *, colour: bool) -> str:
    """Write diagnostics as a compiler does: message, place, the line with a caret, help; then a count."""
    blocks = [_block(diagnostic, colour) for diagnostic in diagnostics]
    return "\n".join([*blocks, summary(diagnostics)]) + "\n" if blocks else ""


def _paint(words: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{words}\x1b[0m" if colour else words


def _block(diagnostic: Diagnostic, colour: bool) -> str:
    head = _paint(f"{diagnostic.severity}[{diagnostic.code}]", f"1;{_COLOURS[diagnostic.severity]}", colour)
    lines = [f"{head}: {_paint(printable(diagnostic.message), '1', colour)}"]
    span = diagnostic.span
    width = len(str(span.line)) if span else 1
    gutter = _paint(f"{'':{width}} |", "34", colour)
    place = f":{span.line}:{span.column}" if span else ""
    lines.append(f"{'':{width}}{_paint('-->', '34', colour)} {printable(diagnostic.file)}{place}")
    if span and diagnostic.source_line.strip():
        before = diagnostic.source_line[: span.column - 1]
        marked = diagnostic.source_line[span.column - 1 : span.column - 1 + span.length]
        indent = "".join("\t" if char == "\t" else " " for char in printable(before))
        carets = "^" * max(1, len(printable(marked)))
        lines += [
            gutter,
            f"{_paint(f'{span.line} |', '34', colour)} {printable(diagnostic.source_line)}",
            f"{gutter} {indent}{_paint(carets, f'1;{_COLOURS[diagnostic.severity]}', colour)}",
        ]
    equals = _paint(f"{'':{width}} =", "34", colour)
    for label in diagnostic.related:
        there = f"{printable(label.file)}{f':{label.span.line}' if label.span else ''}"
        lines.append(f"{equals} note: {printable(label.message)} ({there})")
    lines.append(f"{equals} help: {printable(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Count diagnostics in words: 2 errors, 1 warning."""
    counts = [(severity, sum(item.severity is severity for item in diagnostics)) for severity in Severity]
    return ", ".join(f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in counts if count)


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Write diagnostics as one JSON document: {"diagnostics": [...]}."""
    items = [
        {
            "code": item.code,
            "slug": item.slug,
            "severity": str(item.severity),
            "message": item.message,
            "help": item.help,
            "file": item.file,
            "path": list(item.path),
            "line": item.span.line if item.span else None,
            "column": item.span.column if item.span else None,
            "length": item.span.length if item.span else None,
            "related": [
                {
                    "message": label.message,
                    "file": label.file,
                    "line": label.span.line if label.span else None,
                }
                for label in item.related
            ],
        }
        for item in diagnostics
    ]
    return json.dumps({"diagnostics": items}, indent=2) + "\n"
