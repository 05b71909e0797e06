"""The text of a file -> the benchmark results in it.

A result is vLLM's result JSON, or the block that it prints, also inside a log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from r1c import surrogates
from r1c.bench import formats
from r1c.bench.result import Fault, Result, Value
from r1c.facts import bench_result

_DECODER = json.JSONDecoder()
_SAID = re.compile(r"\S")
_MOST_DOCUMENTS = 1000
_LONGEST_LINE = 1000
"""Characters. vLLM prints about fifty, and a log puts a time and a name before them."""
_MOST = 2**63
"""Larger than any figure of a benchmark, and than any float."""


def parse(source: str, text: str) -> Iterator[Result | Fault]:
    """Yield each result, and a fault for each that is cut off or foreign; at least one of them."""
    first = _SAID.search(text)
    if first and first[0] in "{[":
        yield from _json(source, text)
    else:
        yield from _blocks(source, text)


def _json(source: str, text: str) -> Iterator[Result | Fault]:
    """Read JSON documents that follow each other, as --append-result writes them."""
    first = _SAID.search(text)
    position, number = first.start() if first else 0, 0
    while position < len(text):
        number += 1
        name = source if number == 1 else f"{source}#{number}"
        if number > _MOST_DOCUMENTS:
            yield Fault(name, f"the file has more than {_MOST_DOCUMENTS} results")
            return
        try:
            data, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, getattr(error, "pos", 0)) + 1
            yield Fault(name, f"the JSON is cut off or broken at line {line}")
            return
        following = _SAID.search(text, position)
        position = following.start() if following else len(text)
        half = surrogates.half_in(data)
        yield (
            Fault(name, f"{half} in it is half of a UTF-16 pair, not a character")
            if half
            else result(name, data)
        )


def result(source: str, data: Any) -> Result | Fault:
    """Return what one JSON document holds."""
    if not isinstance(data, dict):
        return Fault(source, "not a benchmark result: the JSON is not an object")
    missing = [key for key in bench_result.read().required if not _is_number(data.get(key))]
    if missing:
        return Fault(source, f"not a result of vLLM's serving benchmark: the JSON has no {missing[0]}")
    figures = {
        name: value for key, value in data.items() if (name := formats.figure(key)) and _is_number(value)
    }
    settings: dict[str, Value] = {}
    for name, entry in bench_result.read().settings.items():
        given = next((data[key] for key in entry.keys if data.get(key) is not None), None)
        if isinstance(given, Value):
            settings[name] = given
    return Result(source, "", formats.written_by(data), _unlimited(settings), figures)


def _unlimited(settings: Mapping[str, Value]) -> dict[str, Value]:
    """Drop a request rate without limit: it is not a setting, and the block does not print it either."""
    return {name: value for name, value in settings.items() if str(value) not in ("inf", "Infinity")}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST


def _blocks(source: str, text: str) -> Iterator[Result | Fault]:
    title = bench_result.read().block.title
    width = bench_result.read().block.width
    begins = re.compile(rf"=+ {title} =+$")
    ends = re.compile(rf"(?:^|[\s\]|])={{{width}}}$")
    number = 0
    block: dict[str, tuple[float, bool]] | None = None
    # A carriage return belongs to a progress bar: drop what it overwrites, as a terminal does.
    for whole in text.split("\n"):
        line = whole.rstrip("\r").rpartition("\r")[2].rstrip()
        if len(line) > _LONGEST_LINE:
            continue
        if begins.search(line):
            if block is not None:
                yield _cut_off(source, number)
            number, block = number + 1, {}
        elif block is not None and ends.search(line):
            yield _block(source, number, block)
            block = None
        elif block is not None and (found := formats.read_line(line)):
            block[found[0]] = found[1:]
    if block is not None:
        yield _cut_off(source, number)
    if number == 0:
        yield Fault(
            source, f"neither a result file of vLLM's serving benchmark nor a log with its block '{title}'"
        )


def _name(source: str, number: int) -> str:
    return source if number == 1 else f"{source}#{number}"


def _cut_off(source: str, number: int) -> Fault:
    return Fault(_name(source, number), "the printed block is cut off before its last line")


def _block(source: str, number: int, block: Mapping[str, tuple[float, bool]]) -> Result | Fault:
    block = {name: line for name, line in block.items() if _is_number(line[0])}
    figures = {name: value for name, (value, is_setting) in block.items() if not is_setting}
    settings: dict[str, Value] = {name: value for name, (value, is_setting) in block.items() if is_setting}
    missing = [name for key in bench_result.read().required if (name := formats.keys()[key]) not in figures]
    if missing:
        return Fault(_name(source, number), f"the printed block has no line for {missing[0]}")
    return Result(_name(source, number), "", "", _unlimited(settings), figures)
