"""Diagnostics as text and JSON, to the character."""

from __future__ import annotations

import json
import unicodedata

import pytest

from r1c.diagnostics import Diagnostic, Label, Severity, Span
from r1c.diagnostics.text import as_json, as_text, printable

PLACE = Span(19, 10, 1)


def diagnostic(line: str = "  nodes: 3", span: Span | None = PLACE, **other: object) -> Diagnostic:
    values: dict[str, object] = {
        "code": "R1C204",
        "slug": "world-size",
        "severity": Severity.ERROR,
        "message": "16 ranks do not fill 24 GPUs",
        "help": "write nodes: 2",
        "file": "a/b.yaml",
        "span": span,
        "source_line": line,
        "path": ("spec", "nodes"),
    }
    return Diagnostic(**(values | other))  # type: ignore[arg-type]


def test_text() -> None:
    assert as_text([diagnostic()], colour=False) == (
        "error[R1C204]: 16 ranks do not fill 24 GPUs\n"
        "  --> a/b.yaml:19:10\n"
        "   |\n"
        "19 |   nodes: 3\n"
        "   |          ^\n"
        "   = help: write nodes: 2\n"
        "\n"
        "1 error\n"
    )


def test_related_notes() -> None:
    labels = (
        Label("a3-mega has 8 GPUs a node", "facts/platforms/a3-mega.yaml:8"),
        Label("the tensor size", "a/b.yaml", Span(7, 3, 1), "tensor: 8"),
    )
    text = as_text([diagnostic(span=Span(7, 10, 1), related=labels)], colour=False)
    assert text.splitlines()[1:] == [
        " --> a/b.yaml:7:10",
        "  |",
        "7 |   nodes: 3",
        "  |          ^",
        "  = note: a3-mega has 8 GPUs a node (facts/platforms/a3-mega.yaml:8)",
        "  = note: the tensor size (a/b.yaml:7)",
        "  = help: write nodes: 2",
        "",
        "1 error",
    ]


def test_without_a_place() -> None:
    assert as_text([diagnostic(span=None, line="")], colour=False) == (
        "error[R1C204]: 16 ranks do not fill 24 GPUs\n --> a/b.yaml\n  = help: write nodes: 2\n\n1 error\n"
    )


def test_several_and_their_count() -> None:
    severities = [Severity.HINT, Severity.WARNING, Severity.WARNING, Severity.ERROR]
    text = as_text([diagnostic(severity=severity) for severity in severities], colour=False)
    assert text.endswith("\n\n1 error, 2 warnings, 1 hint\n")
    assert [line for line in text.splitlines() if "]: " in line] == [
        "hint[R1C204]: 16 ranks do not fill 24 GPUs",
        "warning[R1C204]: 16 ranks do not fill 24 GPUs",
        "warning[R1C204]: 16 ranks do not fill 24 GPUs",
        "error[R1C204]: 16 ranks do not fill 24 GPUs",
    ]


def test_nothing() -> None:
    assert as_text([], colour=True) == ""
    assert as_json([]) == '{\n  "diagnostics": []\n}\n'


def marks(line: str, column: int, length: int = 1) -> tuple[str, str]:
    text = as_text([diagnostic(line=line, span=Span(1, column, length))], colour=False).split("\n")
    return text[3].removeprefix("1 | "), text[4].removeprefix("  | ")


@pytest.mark.parametrize(
    ("line", "column", "length", "below"),
    [
        ("\tnodes: 3", 9, 1, "\t       ^"),
        ("a: 日本 x", 7, 1, "        ^"),
        ("a: 日本", 4, 2, "   ^^^^"),
        ("ｱ: x", 4, 1, "   ^"),
        ("Ａ: x", 4, 1, "    ^"),  # noqa: RUF001  # a wide letter is meant
        ("e\u0301: x", 5, 1, "   ^"),
        ("\U0001f600: x", 4, 1, "    ^"),
        ("e\u0301", 2, 1, "^".rjust(2)),
        ("a: ", 4, 1, "   ^"),
        ("a", 9, 3, " ^"),
    ],
)
def test_the_caret_stands_under_its_character(line: str, column: int, length: int, below: str) -> None:
    assert marks(line, column, length) == (line, below)


def test_a_long_line_is_cut_around_the_place() -> None:
    line = "a" * 500 + "X" + "b" * 500
    shown, below = marks(line, 501)
    assert shown == "..." + "a" * 80 + "X" + "b" * 79 + "..."
    assert shown[len(below) - 1] == "X"
    shown, below = marks(line, 501, 400)
    assert below.strip() == "^" * 80
    assert marks("a" * 160, 160) == ("a" * 160, " " * 159 + "^")
    assert marks("a" * 161, 1) == ("a" * 160 + "...", "^")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tab\tstays", "tab\tstays"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("nul\0", "nul\\x00"),
        ("line\nline", "line\\nline"),
        ("\u202eevil", "\\u202eevil"),
        ("\u2066\u200b\ufeff", "\\u2066\\u200b\\ufeff"),
        ("\u2028\u2029\x85", "\\u2028\\u2029\\x85"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("é 日本 \U0001f600", "é 日本 \U0001f600"),
    ],
)
def test_what_a_terminal_acts_on_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_every_text_of_a_diagnostic_is_escaped() -> None:
    evil = "\x1b[2J\u202e\x00"
    item = diagnostic(
        line=f"{evil}x", span=Span(1, 4, 2), message=evil, help=evil, file=evil, related=(Label(evil, evil),)
    )
    text = as_text([item], colour=False)
    assert not [char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf")]
    assert text.isprintable() or "\n" in text
    text.encode()


def test_an_escaped_character_moves_the_caret() -> None:
    assert marks("\x1b: x", 4) == ("\\x1b: x", "      ^")
    assert marks("a\x1bb", 2) == ("a\\x1bb", " ^^^^")


def test_colour_only_where_asked() -> None:
    item = diagnostic(related=(Label("note", "file"),))
    plain, coloured = as_text([item], colour=False), as_text([item], colour=True)
    assert "\x1b" not in plain
    assert coloured.startswith("\x1b[1;31merror[R1C204]\x1b[0m: \x1b[1m16 ranks do not fill 24 GPUs\x1b[0m\n")
    parts = coloured.split("\x1b[")
    assert "".join([parts[0], *(part.partition("m")[2] for part in parts[1:])]) == plain


@pytest.mark.parametrize(
    ("severity", "code"), [(Severity.ERROR, "31"), (Severity.WARNING, "33"), (Severity.HINT, "36")]
)
def test_each_severity_has_its_colour(severity: Severity, code: str) -> None:
    assert f"\x1b[1;{code}m{severity}[" in as_text([diagnostic(severity=severity)], colour=True)


def test_json() -> None:
    label = Label("note", "facts/x.yaml:3")
    place = Label("there", "a/b.yaml", Span(7, 1, 2), "x")
    assert json.loads(as_json([diagnostic(related=(label, place)), diagnostic(span=None, path=())])) == {
        "diagnostics": [
            {
                "code": "R1C204",
                "slug": "world-size",
                "severity": "error",
                "message": "16 ranks do not fill 24 GPUs",
                "help": "write nodes: 2",
                "file": "a/b.yaml",
                "path": ["spec", "nodes"],
                "line": 19,
                "column": 10,
                "length": 1,
                "related": [
                    {"message": "note", "file": "facts/x.yaml:3", "line": None},
                    {"message": "there", "file": "a/b.yaml", "line": 7},
                ],
                "fix": None,
            },
            {
                "code": "R1C204",
                "slug": "world-size",
                "severity": "error",
                "message": "16 ranks do not fill 24 GPUs",
                "help": "write nodes: 2",
                "file": "a/b.yaml",
                "path": [],
                "line": None,
                "column": None,
                "length": None,
                "related": [],
                "fix": None,
            },
        ]
    }


def test_json_is_ascii_whatever_it_holds() -> None:
    assert as_json([diagnostic(message="\ud800\u202e日")]).isascii()
