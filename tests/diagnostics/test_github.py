"""GitHub workflow commands: exact text, with what would end a command escaped."""

from __future__ import annotations

from r1c.diagnostics import Diagnostic, Label, Severity, Span
from r1c.diagnostics.github import commands


def diagnostic(**changes: object) -> Diagnostic:
    values: dict[str, object] = {
        "code": "R1C201",
        "slug": "tensor-divides-heads",
        "severity": Severity.ERROR,
        "message": "tensor parallel size 6 does not divide the 128 attention heads",
        "help": "use 1, 2, 4, 8 or 16",
        "file": "profiles/a.yaml",
        "span": Span(22, 13, 1),
        "source_line": "    tensor: 6",
    }
    return Diagnostic(**(values | changes))  # type: ignore[arg-type]


def test_an_error_on_a_line() -> None:
    assert commands([diagnostic()]) == (
        "::error file=profiles/a.yaml,line=22,col=13,endColumn=14,title=R1C201 tensor-divides-heads"
        "::tensor parallel size 6 does not divide the 128 attention heads%0Ahelp: use 1, 2, 4, 8 or 16\n"
    )


def test_each_severity_has_its_command_and_a_line() -> None:
    three = [diagnostic(severity=severity, message="m", help="h", span=None) for severity in Severity]
    assert commands(three) == (
        "::error file=profiles/a.yaml,title=R1C201 tensor-divides-heads::m%0Ahelp: h\n"
        "::warning file=profiles/a.yaml,title=R1C201 tensor-divides-heads::m%0Ahelp: h\n"
        "::notice file=profiles/a.yaml,title=R1C201 tensor-divides-heads::m%0Ahelp: h\n"
    )


def test_notes_are_part_of_the_message() -> None:
    related = (Label("the first", "a.yaml", Span(2, 5, 1), "nodes: 2"), Label("the limit", "facts/a.yaml:7"))
    assert commands([diagnostic(message="m", help="h", span=None, related=related)]) == (
        "::error file=profiles/a.yaml,title=R1C201 tensor-divides-heads"
        "::m%0Anote: the first (a.yaml:2)%0Anote: the limit (facts/a.yaml:7)%0Ahelp: h\n"
    )


def test_what_would_end_a_command_or_a_property_is_escaped() -> None:
    odd = diagnostic(file="a,b:100%.yaml", message="50% of a, b: c", help="one\r\ntwo", span=None)
    assert commands([odd]) == (
        "::error file=a%2Cb%3A100%25.yaml,title=R1C201 tensor-divides-heads"
        "::50%25 of a, b: c%0Ahelp: one\\r\\ntwo\n"
    )


def test_nothing_found_is_nothing_written() -> None:
    assert commands([]) == ""
