"""A part of a YAML string has its own place in the file, however the string is written."""

from __future__ import annotations

import re

import pytest

from r1c import source
from r1c.adopt.manifest.account import at_path
from r1c.source.within import span_within

TEXT = r"""literal: |
  set -x
    vllm serve X \
      --b 1
double: "say \"hi\"\n there it's \u0041word"
single: 'it''s a word'
plain: words go
  on here
folded: >-
  some words

  more
list: [a b, "c d"]
"""


def test_each_word_is_where_it_is_written() -> None:
    document = source.read("file", TEXT.encode())
    lines = TEXT.splitlines()
    paths = [*((key,) for key in document.data if key != "list"), ("list", 0), ("list", 1)]
    shown = {}
    for path in paths:
        value = at_path(document.data, path)
        for match in re.finditer(r"[\w-]+", value):
            span = span_within(document, path, match.start(), match.end())
            assert span
            written = lines[span.line - 1][span.column - 1 : span.column - 1 + span.length]
            shown[match[0]] = written
            assert written == match[0] or match[0] in ("Aword", "s"), (path, match[0], written)
    assert shown["vllm"] == "vllm"
    assert shown["more"] == "more"


@pytest.mark.parametrize("path", [("list",), ("nowhere",)])
def test_what_is_no_string_has_no_place(path: tuple[str, ...]) -> None:
    assert span_within(source.read("file", TEXT.encode()), path, 0, 1) is None
