"""A profile's findings and its `r1c.dev/allow` annotation -> the findings that are still to be reported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from r1c.diagnostics import Code, Finding, Path, Severity
from r1c.suggest import closest

ALLOW = "r1c.dev/allow"
"""The annotation that accepts warnings and hints: `CODE: REASON`, several separated by semicolons."""

_PLACE: Path = ("metadata", "annotations", ALLOW)
_ENTRY = re.compile(r"(?P<code>[^:]*?)\s*(?::\s*(?P<reason>.*))?", re.DOTALL)

REFUSED = Code(
    "R1C110",
    "allow-not-accepted",
    Severity.ERROR,
    "An entry of r1c.dev/allow accepts nothing",
    "A warning is accepted by its code and with a reason, for whoever reviews the profile next; an error is "
    "not a matter of opinion: what it refuses cannot serve.",
    "metadata:\n  annotations:\n    r1c.dev/allow: 'R1C305'\n",
    "Write the code of a warning or hint, a colon and the reason; put semicolons between entries.",
)
UNUSED = Code(
    "R1C111",
    "unused-allowance",
    Severity.HINT,
    "An entry of r1c.dev/allow is no longer needed",
    "An allowance that outlives its warning would silence the next fault of that kind, which nobody has "
    "looked at.",
    "metadata:\n  annotations:\n    r1c.dev/allow: 'R1C305: measured on 2026-01-10'\n",
    "Remove the entry.",
)

CODES = (REFUSED, UNUSED)

Findings = tuple[tuple[Code, Finding], ...]


def allow(annotation: str | None, findings: Findings, codes: Sequence[Code]) -> Findings:
    """Take out the warnings and hints that the annotation accepts, and add what is wrong with it.

    `codes` are those that a finding can have. An error stands whatever the annotation says. While there are
    errors some rules are not asked, so nothing is said about allowances that seem unused.
    """
    if annotation is None:
        return findings
    known = {code.id: code for code in codes}
    accepted: list[str] = []
    faults: list[Finding] = []
    for entry in _entries(annotation):
        fault = _fault(entry, known, accepted)
        if fault:
            faults.append(fault)
        else:
            accepted.append(_split(entry)[0])
    all_findings = (*findings, *((REFUSED, fault) for fault in faults))
    if not any(code.severity is Severity.ERROR for code, _ in all_findings):
        fired = {code.id for code, _ in findings}
        all_findings += tuple((UNUSED, finding) for finding in _unused(accepted, fired))
    return tuple((code, finding) for code, finding in all_findings if code.id not in accepted)


def _entries(annotation: str) -> list[str]:
    """Return the entries; a semicolon after the last one ends it and opens no other."""
    parts = [part.strip() for part in annotation.split(";")]
    return parts[:-1] if len(parts) > 1 and not parts[-1] else parts


def _split(entry: str) -> tuple[str, str]:
    match = _ENTRY.fullmatch(entry)
    return (match["code"], (match["reason"] or "").strip()) if match else (entry, "")


def _fault(entry: str, known: dict[str, Code], before: Iterable[str]) -> Finding | None:
    """Return what is wrong with one entry, None if it accepts a warning or a hint."""
    name, reason = _split(entry)
    code = known.get(name)
    if not entry:
        return Finding(_PLACE, "an entry is empty", "write CODE: REASON, or remove it")
    if code is None:
        near = closest(name, [item.id for item in known.values() if item.severity is not Severity.ERROR])
        form = "an entry is CODE: REASON, and a reason has no semicolon"
        return Finding(
            _PLACE,
            f'"{name}" is no code of a warning or hint',
            f"did you mean {near}?" if near else form,
        )
    if code.severity is Severity.ERROR:
        message = f"{name} is an error ({code.slug}), and an error cannot be accepted"
        return Finding(_PLACE, message, "remove the entry, and mend what the error says")
    if not reason:
        return Finding(_PLACE, f"{name} is accepted without a reason", f'write "{name}: REASON"')
    if name in before:
        return Finding(_PLACE, f"{name} is accepted twice", "keep one of the two entries")
    return None


def _unused(accepted: Iterable[str], fired: set[str]) -> Iterator[Finding]:
    for code in accepted:
        if code not in fired:
            yield Finding(_PLACE, f"{code} is accepted, but this profile has no {code}", "remove the entry")
