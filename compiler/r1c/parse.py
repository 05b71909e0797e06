"""A Document -> the Profile, with a finding for each fault of shape.

A faultless profile is read by plain code, made of the models; only where something is off pydantic is asked,
which has the words (heal.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from r1c import form, profile_reader
from r1c.diagnostics import Code, Finding, Path
from r1c.record import record
from r1c.source import AMBIGUOUS, CREDENTIAL, DUPLICATE, TAG, UNICODE, Document

if TYPE_CHECKING:
    from r1c.profile import Profile

CODES = form.CODES


@record
class Parsed:
    """The profile, whole or healed; the findings; and the paths whose values are not the user's."""

    profile: Profile
    findings: tuple[tuple[Code, Finding], ...]
    doubtful: frozenset[Path]


def parse(document: Document) -> Parsed:
    """Validate a usable document; the result is healed when findings are not empty."""
    doubtful = {
        finding.path[:-2] if code is DUPLICATE else finding.path
        for code, finding in document.findings
        if code in (DUPLICATE, AMBIGUOUS, TAG, UNICODE, CREDENTIAL)
    }
    profile = profile_reader.read(document.data)
    if profile is not None:
        return Parsed(profile, (), frozenset(doubtful))
    from r1c.heal import heal

    healed, findings = heal(document, doubtful)
    return Parsed(healed, tuple(findings), frozenset(doubtful))
