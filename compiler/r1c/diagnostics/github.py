"""Diagnostics -> GitHub workflow commands, which a job's log turns into annotations on the changed lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from r1c.diagnostics import Diagnostic, Severity
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
    lines = [item.message, *notes, f"help: {item.help}"]
    written = ",".join(f"{name}={_property(printable(text))}" for name, text in properties.items())
    return f"::{_COMMANDS[item.severity]} {written}::{_data(chr(10).join(map(printable, lines)))}"


def _data(text: str) -> str:
    """Escape what would end a command; the percent sign first, for it begins an escape."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape what would end a property as well."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
