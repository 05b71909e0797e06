"""Diagnostics -> SARIF 2.1.0, the format that code scanning services read."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from r1c import __version__
from r1c.diagnostics import Code, Diagnostic, Severity, Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}


def sarif(diagnostics: Sequence[Diagnostic], codes: Sequence[Code]) -> str:
    """Write diagnostics as one SARIF log; `codes` become the rules that the results point to.

    Columns count characters; an end column is the one after the last character.
    """
    numbers = {code.id: number for number, code in enumerate(codes)}
    run = {
        "tool": {
            "driver": {
                "name": "r1c",
                "version": __version__,
                "rules": [_rule(code) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, numbers[item.code]) for item in diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: Code) -> dict[str, Any]:
    example = f"\n\nExample:\n\n```yaml\n{code.example}```" if code.example else ""
    return {
        "id": code.id,
        "name": code.slug,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.why},
        "help": {"text": code.fix, "markdown": f"{code.fix}{example}"},
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
    }


def _result(item: Diagnostic, number: int) -> dict[str, Any]:
    # A fact has no place in the user's repository, so it is named in the message, as in the text format.
    facts = [f"note: {label.message} ({label.file})" for label in item.related if label.span is None]
    result: dict[str, Any] = {
        "ruleId": item.code,
        "ruleIndex": number,
        "level": _LEVELS[item.severity],
        "message": {"text": "\n".join([item.message, *facts, f"help: {item.help}"])},
        "locations": [{"physicalLocation": _place(item.file, item.span)}],
    }
    related = [
        {"id": count, "message": {"text": label.message}, "physicalLocation": _place(label.file, label.span)}
        for count, label in enumerate((label for label in item.related if label.span), start=1)
    ]
    fixes = [_fix(item)] if item.edit and item.replacements else []
    return result | ({"relatedLocations": related} if related else {}) | ({"fixes": fixes} if fixes else {})


def _fix(item: Diagnostic) -> dict[str, Any]:
    """Return the edit of a diagnostic; a region of whole lines ends where the line after them begins."""
    replaced = [
        {
            "deletedRegion": {
                "startLine": part.first,
                "startColumn": 1,
                "endLine": part.last + 1,
                "endColumn": 1,
            },
            "insertedContent": {"text": part.text},
        }
        for part in item.replacements
    ]
    change = {"artifactLocation": {"uri": uri(item.edited)}, "replacements": replaced}
    fix: dict[str, Any] = {"description": {"text": item.help}, "artifactChanges": [change]}
    return fix | {"properties": {"safe": bool(item.edit and item.edit.safe)}}


def _place(file: str, span: Span | None) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": uri(file)}}
    if span:
        place["region"] = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.line,
            "endColumn": span.column + span.length,
        }
    return place


def uri(file: str) -> str:
    """Return a file's name as a URI: relative where the name is, with forward slashes, percent-encoded."""
    path = Path(file)
    if path.is_absolute():
        return path.as_uri()
    return urllib.parse.quote(path.as_posix(), errors="surrogateescape")
