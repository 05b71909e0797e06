"""One change of a text: what is written, and every byte around it that stays."""

from __future__ import annotations

import pytest

from r1c.diagnostics import Change, Move, Put, Remove, safe
from r1c.fix.edited import edited

CASES: dict[str, tuple[str, Change, str | None]] = {
    "a value": ("a: 1  # one\nb:   2\n", Put(("b",), 3), "a: 1  # one\nb:   3\n"),
    "quotes stay": ("a: 'x'\n", Put(("a",), "y"), "a: 'y'\n"),
    "double quotes stay": ('a: "x"\n', Put(("a",), "y"), 'a: "y"\n'),
    "a string that reads as a number": ("a: x\n", Put(("a",), "1.30"), 'a: "1.30"\n'),
    "a string becomes a number": ("a: '8'\n", Put(("a",), 8), "a: 8\n"),
    "a boolean": ("a: yes\n", Put(("a",), value=True), "a: true\n"),
    "a list": ("a: b, c\n", Put(("a",), ("b", "c")), "a: [b, c]\n"),
    "an absent value": ("a:\nb: 1\n", Put(("a",), 2), "a: 2\nb: 1\n"),
    "a block becomes a scalar": ("a:\n  - b\nc: 1\n", Put(("a",), "b"), "a: b\nc: 1\n"),
    "a comment in the block": ("a:\n  # why\n  - b\n", Put(("a",), "b"), None),
    "an anchor stays": ("a: &x 1\n", Put(("a",), 2), "a: &x 2\n"),
    "an anchor that is used": ("a: &x 1\nb: *x\n", Put(("a",), 2), None),
    "an alias": ("a: &x 1\nb: *x\n", Put(("b",), 2), "a: &x 1\nb: 2\n"),
    "below an alias": ("a: &x {c: 1}\nb: *x\n", Put(("b", "c"), 2), None),
    "CRLF": ("a: 1\r\nb:\r\n  c: 1\r\n", Put(("b", "d"), 2), "a: 1\r\nb:\r\n  c: 1\r\n  d: 2\r\n"),
    "a new field": ("a:\n    b: 1  # b\n# end\n", Put(("a", "c"), 2), "a:\n    b: 1  # b\n    c: 2\n# end\n"),
    "no line feed at the end": ("a:\n  b: 1", Put(("a", "c"), 2), "a:\n  b: 1\n  c: 2"),
    "a new map": ("a: 1\n", Put(("b", "c"), 2), "a: 1\nb:\n  c: 2\n"),
    "in brackets": ("a: {b: 1}\n", Put(("a", "c"), 2), "a: {b: 1, c: 2}\n"),
    "in empty brackets": ("a: {}\n", Put(("a", "c"), 2), "a: {c: 2}\n"),
    "below an empty key": ("a:\nb: 1\n", Put(("a", "c"), 2), "a: {c: 2}\nb: 1\n"),
    "in a list": ("a:\n  - b: 1\n    c: 2\n", Put(("a", 0, "c"), 3), "a:\n  - b: 1\n    c: 3\n"),
    "a key": ("a: 1\nb: {c: 2}  # c\n", Move(("b", "c"), ("b", "d")), "a: 1\nb: {d: 2}  # c\n"),
    "a key in quotes": ('"a": 1\n', Move(("a",), ("b",)), '"b": 1\n'),
    "a key that is there": ("a: 1\nb: 2\n", Move(("a",), ("b",)), None),
    "to another map": (
        "a:\n  b: 1  # why\n  c: 2\nd:\n    e: 3\n",
        Move(("a", "b"), ("d", "b")),
        "a:\n  c: 2\nd:\n    e: 3\n    b: 1  # why\n",
    ),
    "a block to a new map": (
        "a:\n  b:\n    c: |\n      x\n       y\n    # note\n    d: 1\n  e: 2\n",
        Move(("a", "b"), ("f", "g")),
        "a:\n  e: 2\nf:\n  g:\n    c: |\n      x\n       y\n    # note\n    d: 1\n",
    ),
    "a block into brackets": ("a:\n  b:\n    - 1\n  c: 1\nd: {}\n", Move(("a", "b"), ("d", "b")), None),
    "an entry": ("a: 1\n# about b\nb: 2  # two\nc: 3\n", Remove(("b",)), "a: 1\n# about b\nc: 3\n"),
    "the last entry": ("a: 1\nb: 2", Remove(("b",)), "a: 1"),
    "an entry that is a block": ("a: 1\nb:\n  c: [1,\n    2]\nd: 4\n", Remove(("b",)), "a: 1\nd: 4\n"),
    "the only entry": ("a:\n  b: 1  # why\nc: 2\n", Remove(("a", "b")), "a: {}  # why\nc: 2\n"),
    "the first in brackets": ("a: {b: 1, c: 2}\n", Remove(("a", "b")), "a: {c: 2}\n"),
    "the last in brackets": ("a: [b, c ]\n", Remove(("a", 1)), "a: [b ]\n"),
    "an item": ("a:\n  - b\n  - c\n  - d\n", Remove(("a", 1)), "a:\n  - b\n  - d\n"),
    "the first entry of an item": (
        "a:\n  - b: 1  # why\n    c: 2\n",
        Remove(("a", 0, "b")),
        "a:\n  - c: 2\n",
    ),
    "the first entry of an item above a comment": (
        "a:\n  - b: 1\n    # about c\n    c: 2\n",
        Remove(("a", 0, "b")),
        None,
    ),
    "the second of two equal keys": ("a: 1\nb: 2\na: 1\n", Remove(("a", -3, -1)), "a: 1\nb: 2\n"),
    "a path through a scalar": ("a: 1\n", Put(("a", "b"), 1), None),
    "an item of a list that is not there": ("a: [1]\n", Put(("a", 3), 1), None),
    "a map in a list in brackets": (
        "a: [{b: 1}, {b: 2}]\n",
        Put(("a", 1, "c"), "x: y"),
        'a: [{b: 1}, {b: 2, c: "x: y"}]\n',
    ),
    "a folded text": ("a: >\n  one\n  two\n\nb: 1\n", Put(("a",), "one"), "a: one\n\nb: 1\n"),
    "two lines of plain text": ("a: one\n  two\nb: 1\n", Remove(("a",)), "b: 1\n"),
    "what is not there": ("a: 1\n", Remove(("b",)), None),
}


@pytest.mark.parametrize("name", CASES)
def test_change(name: str) -> None:
    text, change, expected = CASES[name]
    assert edited(text, safe(change)) == expected
