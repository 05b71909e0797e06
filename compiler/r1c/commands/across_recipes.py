"""The recipes of one run and what they own -> diagnostics about what several of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from r1c.check import side_by_side
from r1c.check.ownership import Owner
from r1c.commands import inputs
from r1c.diagnostics import Code, Diagnostic, Finding, Label, Path
from r1c.record import replace
from r1c.source import Document
from r1c.source.extends import Reader


def shared_objects(owners: Sequence[Owner], read: Reader) -> Mapping[str, list[Diagnostic]]:
    """Return the warnings about what recipes share, by the file of their profile."""
    found: dict[str, list[Diagnostic]] = {}
    document = lru_cache(maxsize=2)(lambda path: profile(inputs.shown(path), read(path)))
    for clash in side_by_side.clashes(owners):
        finding = Finding(clash.path, clash.message, clash.help)
        here, there = document(clash.profile.path), document(clash.other.path)
        said = located(here, clash.code, finding, there, clash.other_path)
        found.setdefault(clash.profile.file, []).append(said)
    return found


def profile(file: str, content: bytes) -> Document:
    """Return a profile with what it inherits, to find the places of its fields."""
    return inputs.composed(file, content).document


def located(document: Document, code: Code, finding: Finding, other: Document, path: Path) -> Diagnostic:
    """Return a finding with its place, and the place in the other profile that it is about."""
    there, span = other.origin(path), other.span(path, on_key=False)
    label = Label("the other profile", there.name, span, other.line(there, span.line) if span else "")
    return replace(document.diagnostic(code, finding), related=(label,))
