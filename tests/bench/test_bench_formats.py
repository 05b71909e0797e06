"""Every result format of the facts has a fixture made of its keys, and comes out under our names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from r1c.bench import formats, table
from r1c.bench.parse import parse
from r1c.bench.result import Result

BENCH = Path(__file__).parents[1] / "bench"
FILES = list(formats.ranges("files"))
BLOCKS = list(formats.ranges("blocks"))
UNREAD = "Per-position acceptance (%):"
"""A heading of lines that depend on the draft model; no figure of its own."""


def named(ranges: list[tuple[str, str, str, frozenset[str]]]) -> list[str]:
    return [f"{command}-{since}" for command, since, _, _ in ranges]


def results(folder: str) -> list[Result]:
    found = [
        item
        for path in sorted((BENCH / folder).iterdir())
        for item in parse(path.name, path.read_text(encoding="utf-8"))
    ]
    assert all(isinstance(item, Result) for item in found)
    return [item for item in found if isinstance(item, Result)]


@pytest.mark.parametrize(("command", "since", "before", "keys"), FILES, ids=named(FILES))
def test_each_range_of_the_file_has_a_fixture(
    command: str, since: str, before: str, keys: frozenset[str]
) -> None:
    data = json.loads((BENCH / "files" / f"{command}-{since}.json").read_text(encoding="utf-8"))
    assert keys <= set(data)
    (found,) = parse("file", json.dumps(data))
    assert isinstance(found, Result)
    assert found.vllm
    assert {formats.figure(key) for key in keys if formats.figure(key)} <= set(found.figures)
    assert found.figures["good_requests_per_s"] == 1.81551727
    assert found.settings["prompts"] == 100
    assert "request_rate" not in found.settings, "inf is no limit"
    assert before == "" or before != since


@pytest.mark.parametrize(("command", "since", "before", "labels"), BLOCKS, ids=named(BLOCKS))
def test_each_range_of_the_block_has_a_fixture(
    command: str, since: str, before: str, labels: frozenset[str]
) -> None:
    text = (BENCH / "blocks" / f"{command}-{since}.txt").read_text(encoding="utf-8")
    assert all(f"\n{label}" in text for label in labels)
    (found,) = parse("block", text)
    assert isinstance(found, Result)
    names = {formats.labels().get(label) or formats.setting_labels()[label] for label in labels - {UNREAD}}
    assert names <= {*found.figures, *found.settings}
    assert before == "" or before != since


def test_all_formats_make_one_table(golden: Callable[[Path, str], None]) -> None:
    golden(BENCH / "files.csv", table.to_csv(results("files")))
    golden(BENCH / "blocks.csv", table.to_csv(results("blocks")))


@pytest.mark.parametrize("label", formats.labels())
def test_a_line_is_read_behind_what_a_log_puts_before_it(label: str) -> None:
    name = formats.labels()[label]
    assert formats.read_line(f"[pod/x/benchmark] 2026-01-05T10:15:00Z {label:<40} 12.50     ") == (
        name,
        12.5,
        False,
    )
    assert formats.read_line(f"{label:<40} 12") == (name, 12, False)
    assert formats.read_line(f"{label:<40} twelve") is None
