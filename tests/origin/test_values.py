"""Marked values are what the plain ones are, and keep which part came from where."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from r1c.origin.json_text import written
from r1c.origin.origins import Mark, made_of, origin
from r1c.origin.substitution import substituted
from r1c.origin.values import (
    Carrying,
    FixedList,
    FixedMap,
    Int,
    Str,
    carried,
    concatenated,
    fixed,
    mark_of,
    marked,
    number,
    plain,
    whole,
)

MARKS = [made_of(origin("field", name, "profile.yaml")) for name in "abc"]
PARTS = st.lists(st.tuples(st.text(alphabet="ab $(\n-"), st.sampled_from(MARKS)), max_size=6)


def text(parts: list[tuple[str, Mark]]) -> Str:
    return concatenated([whole(part, mark) for part, mark in parts])


def names(value: Any) -> str:
    return "".join(sorted(item.name for item in mark_of(value)[0]))


def expanded(value: Str) -> list[Mark]:
    """Return the mark of each character."""
    return [mark for length, mark in value.runs for _ in range(length)]


@given(PARTS)
def test_each_character_keeps_its_mark(parts: list[tuple[str, Mark]]) -> None:
    made = text(parts)
    assert plain(made) == "".join(part for part, _ in parts)
    assert expanded(made) == [mark for part, mark in parts for _ in part]


@given(PARTS, st.integers(0, 12), st.integers(0, 12))
def test_a_slice_is_the_plain_slice_with_its_marks(
    parts: list[tuple[str, Mark]], start: int, stop: int
) -> None:
    made = text(parts)
    assert plain(made[start:stop]) == plain(made)[start:stop]
    assert expanded(made[start:stop]) == expanded(made)[start:stop]


@given(PARTS)
def test_the_operations_on_texts_are_the_plain_ones(parts: list[tuple[str, Mark]]) -> None:
    made, raw = text(parts), "".join(part for part, _ in parts)
    assert [plain(line) for line in made.split("\n")] == raw.split("\n")
    assert [plain(line) for line in made.splitlines(keepends=True)] == raw.splitlines(keepends=True)
    assert [plain(item) for item in made.partition("-")] == list(raw.partition("-"))
    assert [plain(item) for item in made.rpartition("-")] == list(raw.rpartition("-"))
    pairs: tuple[tuple[Any, str], ...] = (
        (made.strip(), raw.strip()),
        (made.rstrip("\n"), raw.rstrip("\n")),
        (made.removeprefix("a"), raw.removeprefix("a")),
        (made.removesuffix("b"), raw.removesuffix("b")),
        (made.replace("a", "xy"), raw.replace("a", "xy")),
        (made.upper(), raw.upper()),
        (substituted(r"\$(?=[$(])", "$$", made), re.sub(r"\$(?=[$(])", "$$", raw)),
    )
    for done, expected in pairs:
        assert plain(done) == expected
        assert sum(length for length, _ in done.runs) == len(expected)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([None, 1, 2]), st.booleans(), st.booleans())
def test_json_is_written_as_python_does(value: Any, indent: int | None, ascii_: bool, keys: bool) -> None:
    layout = {"indent": indent, "ensure_ascii": ascii_, "sort_keys": keys}
    assert plain(written(value, layout)) == json.dumps(value, **layout)  # type: ignore[arg-type]


def test_what_is_reckoned_has_the_origins_of_both() -> None:
    one, other = number(Int, 6, MARKS[0]), number(Int, 7, MARKS[1])
    assert one * other == 42
    assert names(one * other) == names(other - one) == names(50 // (one + other)) == "ab"


def test_what_is_left_out_of_a_line_is_known_there() -> None:
    made = concatenated([whole("copy", MARKS[0]), whole("", MARKS[1]), whole("\nnext", MARKS[0])])
    first, second = made.split("\n")
    assert (names(first), names(second)) == ("ab", "a")


def table(value: Any) -> Any:
    """Return a value as the facts hold it: maps that nobody changes, and marks."""
    if isinstance(value, dict):
        return fixed(FixedMap, {key: table(item) for key, item in value.items()}, MARKS[0])
    if isinstance(value, list):
        return fixed(FixedList, [table(item) for item in value], MARKS[0])
    return marked(value, MARKS[0])


READINGS: tuple[Callable[[Any], Any], ...] = (
    dict,
    lambda held: {**held},
    lambda held: held | {},
    lambda held: {} | held,
    lambda held: {key: held[key] for key in held},
    lambda held: {key: held.get(key) for key in reversed(held)},
    lambda held: dict(zip(held.keys(), held.values(), strict=True)),
    lambda held: dict(held.items()),
    lambda held: dict(sorted(held.items())),
    lambda held: held.copy(),
    lambda held: dict(**held),
)


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=3), st.sampled_from(READINGS))
def test_what_is_read_of_a_table_is_made_under_its_conditions(
    value: dict[str, Any], read: Callable[[Any], Any]
) -> None:
    """A table gives its items their conditions when they are read, in whatever way that is."""
    once, twice = MARKS[1][0], MARKS[2][0]
    held = carried(carried(table(value), once), twice)
    got = read(held)
    assert held == plain(held) == plain(got) == value
    assert mark_of(held)[1] == once | twice
    for item in got.values():
        assert mark_of(item)[1] == once | twice


def test_a_table_that_is_carried_is_not_copied() -> None:
    held = carried(table({"large": {"name": 1}, "other": {"name": 2}}), MARKS[1][0])
    assert names(held["large"]["name"]) == "a"
    assert isinstance(held, Carrying)
    assert held.read is None
