"""Diagnostics -> the text that a person reads, or JSON for a tool."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

from r1c.diagnostics import Diagnostic, Edit, Replacement, Severity, Span

_ACTING = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_WIDEST = 160
"""Maximum number of characters shown of a line."""
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.HINT: "36"}


def printable(text: str) -> str:
    """Escape what a terminal would act on: control, format and bidirectional characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if unicodedata.category(char) in _ACTING else char for char in text)


def _escape(char: str) -> str:
    if char == "\t":
        return char
    if char in "\n\r":
        return "\\n" if char == "\n" else "\\r"
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def as_text(diagnostics: Sequence[Diagnostic], *, colour: bool) -> str:
    """Write diagnostics as a compiler does: message, place, the line with a caret, help; then a count.

    What `r1c check --fix` can fix has a mark, which the last line explains.
    """
    blocks = [_block(diagnostic, colour) for diagnostic in diagnostics]
    return "\n".join([*blocks, summary(diagnostics), *_fixable(diagnostics)]) + "\n" if blocks else ""


def _fixable(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """Say how many faults have an edit, safe ones and others."""
    edits = [item.edit for item in diagnostics if item.edit]
    sure = sum(edit.safe for edit in edits)
    rest = len(edits) - sure
    if sure:
        more = f" ({rest} more with --unsafe-fixes)" if rest else ""
        return [f"[*] {sure} can be fixed with `r1c check --fix`{more}"]
    return [f"{rest} can be fixed with `r1c check --unsafe-fixes`"] if rest else []


def _paint(words: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{words}\x1b[0m" if colour else words


def _block(diagnostic: Diagnostic, colour: bool) -> str:
    head = _paint(f"{diagnostic.severity}[{diagnostic.code}]", f"1;{_COLOURS[diagnostic.severity]}", colour)
    mark = "[*] " if diagnostic.edit and diagnostic.edit.safe else ""
    lines = [f"{head}: {mark}{_paint(printable(diagnostic.message), '1', colour)}"]
    span = diagnostic.span
    width = len(str(span.line)) if span else 1
    gutter = _paint(f"{'':{width}} |", "34", colour)
    place = f":{span.line}:{span.column}" if span else ""
    lines.append(f"{'':{width}}{_paint('-->', '34', colour)} {printable(diagnostic.file)}{place}")
    if span and diagnostic.source_line.strip():
        shown, indent, carets = _marked(diagnostic.source_line, span)
        lines += [
            gutter,
            f"{_paint(f'{span.line} |', '34', colour)} {shown}",
            f"{gutter} {indent}{_paint(carets, f'1;{_COLOURS[diagnostic.severity]}', colour)}",
        ]
    equals = _paint(f"{'':{width}} =", "34", colour)
    for label in diagnostic.related:
        there = f"{printable(label.file)}{f':{label.span.line}' if label.span else ''}"
        lines.append(f"{equals} note: {printable(label.message)} ({there})")
    lines.append(f"{equals} help: {printable(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def _marked(line: str, span: Span) -> tuple[str, str, str]:
    """Return a line as it is shown, and what goes below it: the indent and the carets.

    A long line is cut to the part around the place.
    """
    start, end = span.column - 1, span.column - 1 + span.length
    first = 0 if end <= _WIDEST else max(0, start - _WIDEST // 2)
    last = first + _WIDEST
    left, right = "..." if first else "", "..." if last < len(line) else ""
    before, marked = printable(line[first:start]), printable(line[start : min(end, last)])
    indent = "".join(char if char == "\t" else " " * _columns(char) for char in left + before)
    carets = "^" * max(1, sum(_columns(char) for char in marked))
    return f"{left}{printable(line[first:last])}{right}", indent, carets


def _columns(char: str) -> int:
    """Return the columns of a terminal that a character takes: a wide one two, a combining one none."""
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


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
            "fix": _fix(item.edit, item.replacements) if item.edit else None,
        }
        for item in diagnostics
    ]
    return json.dumps({"diagnostics": items}, indent=2) + "\n"


def _fix(edit: Edit, replacements: Sequence[Replacement]) -> dict[str, Any]:
    """Return an edit as whole lines to replace."""
    return {"safe": edit.safe, "replacements": lines_to_replace(replacements)}


def lines_to_replace(replacements: Sequence[Replacement]) -> list[dict[str, Any]]:
    """Return the JSON data of whole lines to replace."""
    return [{"file": it.file, "first": it.first, "last": it.last, "text": it.text} for it in replacements]
