"""The Python examples of docs/ give what they show, and docs/architecture.md names files that are there."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest
from architecture import ORDER, PACKAGE, PURPOSES, STAGES

REPO = Path(__file__).resolve().parents[2]
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted((REPO / "docs").glob("*.md"))}
ARCHITECTURE = PAGES["architecture.md"]


def blocks(page: str) -> list[str]:
    return re.findall(r"^```pycon\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def wrong(page: str) -> str:
    """Run the examples of a page, one after another with the same names, and return what differs."""
    names: dict[str, Any] = {}
    printed: list[str] = []
    for block in blocks(page):
        example = doctest.DocTestParser().get_doctest(block, names, "example", None, None)
        doctest.DocTestRunner().run(example, out=printed.append, clear_globs=False)
        names = example.globs
    return "".join(printed)


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if blocks(text)])
def test_the_examples_of_a_page(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPO)
    assert wrong(PAGES[page]) == ""


def test_the_pages_that_have_examples() -> None:
    assert [name for name, text in PAGES.items() if blocks(text)] == ["architecture.md", "python.md"]
    assert "Expected:\n    3\nGot:\n    2" in wrong("```pycon\n>>> 1 + 1\n3\n```\n")


def test_the_page_walks_through_every_stage_in_order() -> None:
    assert tuple(re.findall(r"^\*\*(\w+)\*\* ", ARCHITECTURE, re.MULTILINE)) == STAGES


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`([\w./*]+/[\w./*]*)`", ARCHITECTURE))
    assert len(named) > 40
    missing = {
        path for path in named if not any(list(folder.glob(path.rstrip("/"))) for folder in (PACKAGE, REPO))
    }
    assert missing == set()


def test_the_picture_has_room_for_every_purpose() -> None:
    assert max(len(PURPOSES[name]) for name in ORDER) <= 60
