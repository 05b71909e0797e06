"""The order of the stages: source -> parse -> resolve -> check -> lower -> verify -> emit, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from r1c import parse as parsing
from r1c import resolve as resolving
from r1c import source as reading
from r1c.check import check
from r1c.diagnostics import Code, Diagnostic, Severity
from r1c.plan import Plan
from r1c.rules import RULES

CODES: tuple[Code, ...] = (
    *reading.CODES,
    *parsing.CODES,
    *resolving.CODES,
    *(rule.code for rule in RULES),
)
"""Every code that a diagnostic can have."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What one profile comes to: its diagnostics in file order, and its plan if no error refuses it."""

    diagnostics: tuple[Diagnostic, ...]
    plan: Plan | None

    def refused(self, *, strict: bool = False) -> bool:
        """Tell whether an error, or a warning where `strict` is set, stands against the profile."""
        grave = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
        return any(item.severity in grave for item in self.diagnostics)


def analyse(name: str, raw: bytes) -> Checked:
    """Take a profile's bytes through source, parse, resolve and check.

    A stage that finds errors hands on what it could read, so that all faults of a profile are reported in
    one run.
    """
    document = reading.read(name, raw)
    if not document.usable:
        return Checked(tuple(document.diagnostic(code, finding) for code, finding in document.findings), None)
    parsed = parsing.parse(document)
    resolved = resolving.resolve(parsed.profile, document.data, parsed.doubtful)
    findings = (*document.findings, *parsed.findings, *resolved.findings, *check(resolved.plan))
    diagnostics = reading.ordered(document.diagnostic(code, finding) for code, finding in findings)
    result = Checked(diagnostics, resolved.plan)
    return Checked(diagnostics, None) if result.refused() else result


def build(plan: Plan) -> dict[str, bytes]:
    """Take a checked plan through lower, verify and emit: the bytes of every file of its output but the lock.

    Raises InternalError if what r1c made is not what it must be.
    """
    from r1c.emit import emit
    from r1c.lower import lower
    from r1c.verify import verify

    external = {("Secret", plan.token.secret)} if plan.token.source == "existing" else set()  # noqa: S105
    return emit(verify(lower(plan), frozenset(external)))
