"""The words of every code, and of every diagnostic in the golden reports: plain ones."""

import re
from pathlib import Path

import pytest

from r1c.codes import CODES
from r1c.diagnostics import Code

RULES = Path(__file__).parent / "check" / "rules"
PHRASES = re.compile(
    r"\b(is no|are no|is none|none of|comes? to|anew|mends?|a text|whole number|truth value|all the same|"
    r"by itself|is told|goes round|knows no|knows nothing|without a word|passed over|beside|insists|"
    r"stands? (for|in|where|beside|once|under))\b"
)
"""Phrases for which there is a plainer one: "Invalid project ID" for "The project is no project ID"."""

ALLOWED = ("there is no ", "there are no ", "if there is none", "because there is none")


def plain(text: str) -> bool:
    """Tell whether a text has none of the phrases."""
    for allowed in ALLOWED:
        text = text.replace(allowed, "")
    return PHRASES.search(text) is None


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_titles_reasons_and_fixes_use_plain_words(code: Code) -> None:
    assert [text for text in (code.title, code.why, code.fix) if not plain(text)] == []


def test_messages_and_help_use_plain_words() -> None:
    said = {
        line
        for report in RULES.glob("*/*.out")
        for line in report.read_text(encoding="utf-8").splitlines()
        if line.startswith(("error[", "warning[", "hint[")) or "= help:" in line
    }
    assert len(said) > 1000
    assert sorted(line for line in said if not plain(line)) == []
