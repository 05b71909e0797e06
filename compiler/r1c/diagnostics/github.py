"""Diagnostics -> GitHub workflow commands, which a job's log turns into annotations on the changed lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from r1c.diagnostics import Diagnostic, Replacement, Severity
from r1c.diagnostics.text import printable

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}


def commands(diagnostics: Sequence[Diagnostic]) -> str:
    """Write one command for each diagnostic, each on its own line."""
    return "".join(f"{_command(item)}\n" for item in diagnostics)


def _command(item: Diagnostic) -> str:
    properties = {"file": PurePath(item.file).as_posix()}
    if item.span:
        properties["line"] = str(item.span.line)
        properties["col"] = str(item.span.column)
        properties["endColumn"] = str(item.span.column + item.span.length)
    properties["title"] = f"{item.code} {item.slug}"
    notes = [
        f"note: {label.message} ({label.file}{f':{label.span.line}' if label.span else ''})"
        for label in item.related
    ]
    lines = [item.message, *notes, f"help: {item.help}", *_suggestion(item)]
    written = ",".join(f"{name}={_property(printable(text))}" for name, text in properties.items())
    return f"::{_COMMANDS[item.severity]} {written}::{_data(chr(10).join(map(printable, lines)))}"


def _suggestion(item: Diagnostic) -> list[str]:
    """Return the edit as the lines that it writes: an annotation has no button to apply it."""
    lines = []
    for part in item.replacements:
        if part.last < part.first:
            lines.append(f"suggestion: before line {part.first} of {item.edited}, write")
        elif part.text:
            lines.append(f"suggestion: instead of {_numbers(part)} of {item.edited}, write")
        else:
            lines.append(f"suggestion: remove {_numbers(part)} of {item.edited}")
        lines += part.text.splitlines()
    return lines


def _numbers(part: Replacement) -> str:
    return f"line {part.first}" if part.first == part.last else f"lines {part.first} to {part.last}"


def _data(text: str) -> str:
    """Escape what would end a command; the percent sign first, for it begins an escape."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape what would end a property as well."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
