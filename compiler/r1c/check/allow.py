"""A profile's findings and its `r1c.dev/allow` annotation -> the findings to report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

from r1c.diagnostics import Code, Edit, Finding, Path, Put, Remove, Severity, safe
from r1c.diagnostics.suggest import closest

ALLOW = "r1c.dev/allow"
"""The annotation that accepts warnings and hints: `CODE: REASON`, several separated by semicolons."""

PLACE: Path = ("metadata", "annotations", ALLOW)

REFUSED = Code(
    "R1C110",
    "allow-not-accepted",
    Severity.ERROR,
    "Invalid entry in r1c.dev/allow",
    "You accept a warning by its code and a reason, which the next reviewer reads. You cannot accept an "
    "error: such a recipe cannot serve.",
    "metadata:\n  annotations:\n    r1c.dev/allow: 'R1C305'\n",
    "Write the code of a warning or hint, a colon and the reason; put semicolons between entries.",
)
UNUSED = Code(
    "R1C111",
    "unused-allowance",
    Severity.HINT,
    "Unused entry in r1c.dev/allow",
    "An entry that outlives its warning would hide the next fault of that kind.",
    "metadata:\n  annotations:\n    r1c.dev/allow: 'R1C305: measured on 2026-01-10'\n",
    "Remove the entry.",
    "safe",
)

CODES = (REFUSED, UNUSED)

Findings = tuple[tuple[Code, Finding], ...]


def accepts(annotation: str | None, code: str) -> bool:
    """Tell whether the annotation accepts a warning by its code."""
    return annotation is not None and any(_split(entry)[0] == code for entry in _entries(annotation))


def allow(
    annotation: str | None,
    findings: Findings,
    codes: Callable[[], Sequence[Code]],
    elsewhere: Callable[[], Sequence[Code]] = tuple,
) -> Findings:
    """Remove the warnings and hints that the annotation accepts, and add the faults of the annotation.

    `codes` returns those that a finding can have; `elsewhere` returns codes that need other profiles or a
    cluster, so this function cannot tell whether they are unused. Errors always remain. While there are
    errors some rules are skipped, so unused entries are not reported.
    """
    if annotation is None:
        return findings
    others = elsewhere()
    known = {code.id: code for code in (*codes(), *others)}
    accepted: list[str] = []
    faults: dict[tuple[Code, Finding], None] = {}
    asked: Counter[str] = Counter()
    for entry in _entries(annotation):
        asked[entry] += 1
        if asked[entry] > 2:
            continue  # already reported for the second one
        name, reason = _split(entry)
        fault = _fault(name, reason, known, accepted)
        if fault:
            faults[REFUSED, fault] = None
        if name in known and known[name].severity is not Severity.ERROR:
            # Also where only the reason is missing: one error for the entry is enough.
            accepted.append(name)
    left = tuple((code, finding) for code, finding in findings if code.id not in accepted)
    errors = faults or any(code.severity is Severity.ERROR for code, _ in left)
    if errors or UNUSED.id in accepted:
        return (*left, *faults)
    fired = {code.id for code, _ in findings} | {code.id for code in others}
    return (*left, *((UNUSED, finding) for finding in _unused(annotation, accepted, fired)))


def _entries(annotation: str) -> list[str]:
    """Return the entries; a semicolon after the last one ends it and opens no other."""
    parts = [part.strip() for part in annotation.split(";")]
    return parts[:-1] if len(parts) > 1 and not parts[-1] else parts


def _split(entry: str) -> tuple[str, str]:
    name, _, reason = entry.partition(":")
    return name.rstrip(), reason.lstrip()


def _fault(name: str, reason: str, known: Mapping[str, Code], before: Sequence[str]) -> Finding | None:
    """Return what is wrong with one entry, None if it accepts a warning or a hint."""
    code = known.get(name)
    if code is None:
        near = closest(name, [item.id for item in known.values() if item.severity is not Severity.ERROR])
        form = "write CODE: REASON, with semicolons only between entries"
        message = f'"{name}" is not the code of a warning or hint' if name else "an entry has no code"
        return Finding(PLACE, message, f"did you mean {near}?" if near else form)
    if code.severity is Severity.ERROR:
        message = f"{name} is an error ({code.slug}), and an error cannot be accepted"
        return Finding(PLACE, message, "remove the entry, and fix the error")
    if not reason:
        return Finding(PLACE, f"{name} is accepted without a reason", f'write "{name}: REASON"')
    if name in before:
        return Finding(PLACE, f"{name} is accepted twice", "keep one of the two entries")
    return None


def _unused(annotation: str, accepted: Sequence[str], fired: Set[str]) -> Iterator[Finding]:
    for code in accepted:
        if code not in fired:
            message = f"{code} is accepted, but r1c does not report it for this profile"
            yield Finding(PLACE, message, "remove the entry", edit=_without(annotation, code))


def _without(annotation: str, code: str) -> Edit:
    kept = [entry for entry in _entries(annotation) if _split(entry)[0] != code]
    return safe(Put(PLACE, "; ".join(kept)) if kept else Remove(PLACE))
