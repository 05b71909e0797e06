"""`r1c.dev/allow`: what it silences, what it does not, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1c import pipeline
from r1c.check.allow import allow
from r1c.diagnostics import Code, Finding, Severity

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")


def code(number: int, severity: Severity) -> Code:
    return Code(f"R1C{number}", f"slug-{number}", severity, "", "", "", "")


ERROR, WARNING, HINT = code(201, Severity.ERROR), code(305, Severity.WARNING), code(620, Severity.HINT)
CODES = (ERROR, WARNING, HINT, code(111, Severity.HINT))
FOUND = ((WARNING, Finding(("spec",), "w", "h")), (HINT, Finding(("spec",), "h", "h")))


def left(annotation: str | None, *findings: tuple[Code, Finding]) -> list[tuple[str, str, str]]:
    return [
        (kept.id, finding.message, finding.help)
        for kept, finding in allow(annotation, findings, lambda: CODES)
    ]


def test_without_the_annotation_all_is_reported() -> None:
    assert allow(None, FOUND, lambda: CODES) == FOUND


def test_a_warning_and_a_hint_are_accepted() -> None:
    assert left("R1C305: measured on 2026-01-10; R1C620: asleep till May", *FOUND) == []
    assert left("R1C305: a\nR1C305: b", *FOUND) == [("R1C620", "h", "h")]
    assert left(" R1C305 : measured: it fits ; R1C620:x ;", *FOUND) == []


def test_all_findings_of_an_accepted_code_are_silenced() -> None:
    twice = ((WARNING, Finding(("spec",), "one", "h")), (WARNING, Finding(("spec",), "two", "h")))
    assert left("R1C305: measured", *twice) == []


@pytest.mark.parametrize(
    ("annotation", "message", "help_"),
    [
        ("", "an entry has no code", "write CODE: REASON, with semicolons only between entries"),
        (": why", "an entry has no code", "write CODE: REASON, with semicolons only between entries"),
        (
            "R1C305: measured; it fits",
            '"it fits" is not the code of a warning or hint',
            "write CODE: REASON, with semicolons only between entries",
        ),
        ("R1C35: measured", '"R1C35" is not the code of a warning or hint', "did you mean R1C305?"),
        ("r1c305: measured", '"r1c305" is not the code of a warning or hint', "did you mean R1C305?"),
        ("R1C305", "R1C305 is accepted without a reason", 'write "R1C305: REASON"'),
        ("R1C305: ", "R1C305 is accepted without a reason", 'write "R1C305: REASON"'),
        ("R1C305: a; R1C305: b", "R1C305 is accepted twice", "keep one of the two entries"),
        (
            "R1C201: we like it",
            "R1C201 is an error (slug-201), and an error cannot be accepted",
            "remove the entry, and fix the error",
        ),
    ],
)
def test_an_entry_that_accepts_nothing(annotation: str, message: str, help_: str) -> None:
    assert left(annotation) == [("R1C110", message, help_)]


def test_an_entry_without_a_reason_is_one_fault_and_not_two() -> None:
    assert [item[0] for item in left("R1C305", FOUND[0])] == ["R1C110"]


def test_an_error_stands_whatever_is_written() -> None:
    fault = (ERROR, Finding(("spec",), "e", "h"))
    assert [item[0] for item in left("R1C201: we like it", fault)] == ["R1C201", "R1C110"]


def test_what_nothing_fires_for_is_a_hint() -> None:
    assert left("R1C305: measured; R1C620: asleep", FOUND[1]) == [
        ("R1C111", "R1C305 is accepted, but r1c does not report it for this profile", "remove the entry")
    ]


def test_while_there_are_errors_an_allowance_may_still_be_needed() -> None:
    assert left("R1C305: measured", (ERROR, Finding(("spec",), "e", "h"))) == [("R1C201", "e", "h")]


def test_that_hint_can_be_accepted_too() -> None:
    assert left("R1C305: measured; R1C111: shared by four profiles") == []


def test_strict_takes_an_accepted_warning() -> None:
    tight = BASE.replace("utilization: 0.85", "utilization: 0.72")
    assert pipeline.analyse("a.yaml", tight.encode()).refused(strict=True)
    accepted = tight.replace(
        "  name: base\n", "  name: base\n  annotations: {r1c.dev/allow: 'R1C305: measured on 2026-01-10'}\n"
    )
    checked = pipeline.analyse("a.yaml", accepted.encode())
    assert checked.diagnostics == ()
    assert checked.plan


def test_the_annotation_is_in_no_manifest() -> None:
    annotated = BASE.replace("  name: base\n", "  name: base\n  annotations: {r1c.dev/allow: 'R1C111: x'}\n")
    plan = pipeline.analyse("a.yaml", annotated.encode()).plan
    assert plan
    assert not [path for path, content in pipeline.build(plan).items() if b"r1c.dev/allow" in content]


def test_an_annotation_of_a_wrong_type_is_a_fault_of_shape_alone() -> None:
    wrong = BASE.replace("  name: base\n", "  name: base\n  annotations: {r1c.dev/allow: [R1C305]}\n")
    assert [item.code for item in pipeline.analyse("a.yaml", wrong.encode()).diagnostics] == ["R1C103"]
