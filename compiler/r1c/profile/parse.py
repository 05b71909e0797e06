"""A Document -> the Recipe, with a finding for each fault of its fields.

A profile with faults is recovered (recovery.py), so that the later stages can look at the rest of it.
"""

from __future__ import annotations

from r1c.diagnostics import Code, Finding, Path
from r1c.json_schema import misfits
from r1c.profile import codes, from_data
from r1c.profile.model import Recipe
from r1c.record import record
from r1c.source import AMBIGUOUS, CREDENTIAL, DUPLICATE, QUOTES, TAG, UNICODE, Document

CODES = codes.CODES


@record
class Parsed:
    """The profile, whole or recovered; the findings; and the paths whose values are not the user's."""

    recipe: Recipe
    findings: tuple[tuple[Code, Finding], ...]
    doubtful: frozenset[Path]


def parse(document: Document) -> Parsed:
    """Read a usable document; the profile is a recovered one when findings are not empty."""
    doubtful = frozenset(
        finding.path[:-2] if code is DUPLICATE else finding.path
        for code, finding in document.findings
        if code in (DUPLICATE, AMBIGUOUS, QUOTES, TAG, UNICODE, CREDENTIAL)
    )
    found = misfits("recipe", document.data)
    if not found:
        return Parsed(from_data.recipe(document.data), (), doubtful)
    from r1c.profile.recovery import recover

    recovered = recover(document, found, doubtful)
    return Parsed(from_data.recipe(recovered.data), recovered.findings, recovered.doubtful)
