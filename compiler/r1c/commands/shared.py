"""Profiles of one run and what they own -> diagnostics about the objects that several of them own."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from r1c import allow, neighbours
from r1c.commands import inputs
from r1c.diagnostics import Code, Diagnostic, Finding, Label, Path
from r1c.extends import compose
from r1c.neighbours import SHARED, Clash
from r1c.pipeline import analyse
from r1c.plan import Plan
from r1c.record import replace
from r1c.source import Document
from r1c.source import read as read_document

Reader = Callable[[str], bytes]
"""Reads a profile by its path, once more."""


def diagnostics(paths: Sequence[str], numbers: array[int], read: Reader) -> Mapping[str, list[Diagnostic]]:
    """Return the warnings about shared objects by the path of their profile.

    `numbers` are the marks of all profiles, in order, zeros for one that is refused.
    """
    found: dict[str, list[Diagnostic]] = {}
    plans: list[tuple[int, str, Plan]] = []
    for index in neighbours.suspects(numbers):
        path = paths[index]
        plan = analyse(inputs.shown(path), read(path), inputs.beside(path)).plan
        if plan:
            plans.append((index, inputs.shown(path), plan))
    accepted = {
        index for index, _, plan in plans if allow.accepts(plan.annotations.get(allow.ALLOW), SHARED.id)
    }
    document = lru_cache(maxsize=2)(lambda path: profile(inputs.shown(path), read(path)))
    for clash in neighbours.clashes(plans):
        if clash.profile not in accepted:
            path, other = paths[clash.profile], paths[clash.other]
            found.setdefault(path, []).append(_located(clash, document(path), document(other)))
    return found


def profile(file: str, content: bytes) -> Document:
    """Return a profile with what it extends, to find the places of its fields."""
    return compose(read_document(file, content), inputs.beside(file)).document


def _located(clash: Clash, document: Document, other: Document) -> Diagnostic:
    finding = Finding(clash.path, clash.message, clash.help)
    return located(document, SHARED, finding, other, clash.other_path)


def located(document: Document, code: Code, finding: Finding, other: Document, path: Path) -> Diagnostic:
    """Return a finding with its place, and with the place in the other profile that it speaks of."""
    there, span = other.origin(path), other.span(path, on_key=False)
    label = Label("the other profile", there.name, span, other.line(there, span.line) if span else "")
    return replace(document.diagnostic(code, finding), related=(label,))
