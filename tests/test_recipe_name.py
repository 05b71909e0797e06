"""The name in a profile at a look: what the parser says, or nothing. About 4 s."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r1c.pipeline import analyse
from r1c.recipe_name import recipe_name
from r1c.source import read

REPO = Path(__file__).resolve().parent.parent
PROFILES = sorted([*(REPO / "profiles").glob("*.yaml"), *(REPO / "tests").rglob("*.yaml")])
PARTS = (
    "metadata:", "  name: a-1", "  name: b", "    name: c", "name: d", "  labels:", "    team: x",
    "spec:", "  x: |", "  x: >-", '  x: "', '  x: "one"', "  x: '", "  x: 'two'", "'", '"', "  x: {a: 1}",
    "  x: {", "}", "  x: [1,", "]", "  - 'x'", '  - "', "# name: e", "  # metadata:", "  x: a # b", "\\",
    "      more", "  more", "---", "...", "? metadata", "metadata: {name: f}", '"metadata":', "  <<: *a",
    "  x: &a", "  name: null", "  name: 1a", "  name: g-", "\t", "\r", "x: \u0085metadata:", " name: h", "",
)  # fmt: skip


def parsed(raw: bytes) -> object:
    document = read("profile.yaml", raw)
    metadata = document.data.get("metadata") if document.usable else None
    return metadata.get("name") if isinstance(metadata, dict) else None


@pytest.mark.parametrize(
    "text, name",
    [
        ("metadata:\n  name: a-1\n", "a-1"),
        ("kind: Recipe  # one\nmetadata:  # two\n\n  # name: x\n  name: a   # three\nspec:\n", "a"),
        ("metadata:\r\n  labels: {team: x}\r\n  name: a\r\n", "a"),
        ('x: "it\'s"\nmetadata:\n  name: a\n', None),
        ('x: "one"\ny: \'two\'\nz:\n  - "three"\nmetadata:\n  name: a\n', "a"),
        ("metadata:\n  name: a\n  labels:\n    name: b\n", "a"),
        ("metadata:\n  name: 'a'\n", None),
        ("metadata:\n  name: a\n    b\n", None),
        ("metadata:\n  name: a\n  name: b\n", None),
        ("metadata:\n  name: a\nmetadata:\n  name: b\n", None),
        ("metadata: {name: a}\n", None),
        ("metadata:\n  name:\n    a\n", None),
        ("metadata:\n  name: A\n", None),
        ("metadata:\n  name: null\n", None),
        ("x: |\n  y\nmetadata:\n  name: a\n", None),
        ('x: "\nmetadata:\n  name: a\n"\n', None),
        ("x: é\nmetadata:\n  name: a\n", None),
        ("# \rmetadata:\n  name: a\n", None),
        ("", None),
    ],
)
def test_the_name_at_a_look(text: str, name: str | None) -> None:
    assert recipe_name(text.encode()) == name


def test_the_recipes_of_this_repository_are_known_at_a_look() -> None:
    for path in sorted((REPO / "profiles").glob("*.yaml")):
        plan = analyse(str(path), path.read_bytes()).plan
        assert plan
        assert recipe_name(path.read_bytes()) == plan.name


def test_a_name_is_never_another_than_that_of_the_parser() -> None:
    known = 0
    for path in PROFILES:
        name = recipe_name(path.read_bytes())
        known += name is not None
        if name is not None and read(str(path), path.read_bytes()).usable:
            assert name == parsed(path.read_bytes()), path
    assert known > 100


@given(st.lists(st.sampled_from(PARTS), max_size=12))
@settings(max_examples=1500, deadline=None, derandomize=True)
def test_a_name_is_never_another_than_that_of_the_parser_whatever_the_text(lines: list[str]) -> None:
    raw = "\n".join(lines).encode()
    name = recipe_name(raw)
    if name is not None and read("profile.yaml", raw).usable:
        assert name == parsed(raw)
