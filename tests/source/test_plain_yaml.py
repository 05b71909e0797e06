"""Plain YAML gives the events that the YAML library gives; what is not plain is left to the library."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from r1c.source import events, plain_yaml
from r1c.source.plain_yaml import Event

REPO = Path(__file__).resolve().parents[2]
FILES = sorted(
    [
        *REPO.glob("profiles/*.yaml"),
        *REPO.glob("tests/check/rules/*/*.yaml"),
        *REPO.glob("tests/cases/*/*.yaml"),
    ]
)
PARTS = (
    "a: 1\n", "b:\n", "  c: d e\n", "- x\n", "  - y: z\n", "    q: 'it''s'\n", "k: [a, 'b', \"c\"]\n",
    "m: {a: b, c: 1}\n", "# c\n", "v: a#b # c\n", "t: a:b\n", " - -1\n", "e: \n", "  - f\n", "g: ''\n",
    "h: a b  c  # d\n", "i: -.5\n", "l: []\n", "o: {}\n", "- \n",
)  # fmt: skip


def told(events: Iterable[Event]) -> list[tuple[Any, ...]]:
    """Return what r1c reads of events: where a node begins, and all about a single value."""
    found: list[tuple[Any, ...]] = []
    for event in events:
        if event.kind == "Scalar":
            found.append((event.kind, event.at, event.value, event.style, event.tag, event.anchor))
        elif event.kind in ("MappingStart", "SequenceStart"):
            # It ends where it begins or a character on: a place is a character long in either case.
            start, end = event.at
            assert end - start in (0, 1)
            found.append((event.kind, start, event.flow))
        elif event.kind in ("MappingEnd", "SequenceEnd"):
            found.append((event.kind,))
    return found


def library_events(text: str) -> Iterator[Event]:
    return map(events.of_library, YAML(typ="safe", pure=True).parse(text))


def same(text: str) -> bool:
    plain = plain_yaml.events(text)
    return plain is None or told(plain) == told(library_events(text))


def test_every_profile_of_the_repository() -> None:
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in FILES]
    assert [text for text in texts if not same(text)] == []
    assert all(plain_yaml.events(path.read_text(encoding="utf-8")) for path in REPO.glob("profiles/*.yaml"))


def test_thousands_of_texts() -> None:
    generator = random.Random(1)
    plain = 0
    for _ in range(8000):
        text = "".join(generator.choices(PARTS, k=generator.randint(1, 6)))
        for _ in range(generator.randint(0, 2)):
            at = generator.randrange(len(text) + 1)
            text = (
                text[:at]
                + generator.choice(" \n:-#'\"[]{},a1.~+?!&*|>%@=</")
                + text[at + generator.randint(0, 1) :]
            )
        plain += plain_yaml.events(text) is not None
        assert same(text), text
    assert plain > 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a:\n",
        "- a\n",
        "a: b\n  c\n",
        "a: b: c\n",
        "a: |\n  b\n",
        "a: &x b\n",
        "\ta: b\n",
        "a: b\r\n",
        "a: \u00fc\n",
    ],
)
def test_what_is_not_plain(text: str) -> None:
    assert plain_yaml.events(text) is None
