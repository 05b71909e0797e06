"""A rule: one kind of fault, with the texts for explain and the docs, and the check that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from r1c.diagnostics import Code, Edits, Finding, Path, Severity
from r1c.record import record
from r1c.resolve.plan import Plan

Check = Callable[[Plan], Iterator[Finding]]


@record
class Rule:
    """A code, the profile fields that its check reads, and the check.

    A rule is skipped when one of its fields could not be read, because it would check a placeholder.
    """

    code: Code
    fields: tuple[Path, ...]
    check: Check


def rule(  # noqa: PLR0913  # a rule's page, each part by its name
    *,
    code: str,
    slug: str,
    severity: Severity,
    title: str,
    why: str,
    example: str,
    fix: str,
    fields: tuple[str, ...],
    edits: Edits = "",
) -> Callable[[Check], Rule]:
    """Declare a rule; the decorated generator yields a Finding for each place that breaks it.

    `fields` are dotted profile paths (spec.parallelism.tensor); a section includes all its fields. `edits`
    says which kind of edit a Finding can carry.
    """

    def declare(check: Check) -> Rule:
        record = Code(code, slug, severity, title, why, example, fix, edits)
        return Rule(record, tuple(tuple(field.split(".")) for field in fields), check)

    return declare
