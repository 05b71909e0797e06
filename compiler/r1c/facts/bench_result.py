"""What the versions of vLLM's serving benchmark write (facts/bench_results.yaml), as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from r1c import facts
from r1c.facts.entry import fill, fill_each, frozen
from r1c.record import field, named_record


@named_record
class Spellings:
    """The keys of a figure or setting in the result file, and its labels in the printed block."""

    keys: tuple[str, ...]
    labels: tuple[str, ...] = ()


@named_record
class Block:
    """The title of the printed block and its width in characters."""

    title: str
    width: int


@named_record
class Range:
    """The keys or labels that a command writes from a release on: all, or the changes to the range before."""

    since: str
    keys: frozenset[str]
    adds: frozenset[str]
    drops: frozenset[str]


@named_record
class BenchResults:
    """The whole file.

    Figures and settings are by r1c's names; `latencies` maps these to the words of the block; `always` tells
    the releases apart; `higher_is_better` and `lower_is_better` do not name the latencies; `ended` maps a
    command to the first release without it; `files` and `blocks` are by command.
    """

    figures: Mapping[str, Spellings]
    settings: Mapping[str, Spellings]
    latencies: Mapping[str, str]
    required: tuple[str, ...]
    always: tuple[str, ...]
    block: Block
    higher_is_better: frozenset[str]
    lower_is_better: frozenset[str]
    ended: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[Range, ...]]
    blocks: Mapping[str, tuple[Range, ...]]


@cache
def read() -> BenchResults:
    """Return the table."""
    data = facts.data("bench_results")
    ranges = {
        kind: {command: tuple(map(_range, entries)) for command, entries in data[kind].items()}
        for kind in ("files", "blocks")
    }
    return fill(
        BenchResults,
        data,
        figures=fill_each(Spellings, data["figures"]),
        settings=fill_each(Spellings, data["settings"]),
        block=fill(Block, data["block"]),
        higher_is_better=frozenset(data["higherIsBetter"]),
        lower_is_better=frozenset(data["lowerIsBetter"]),
        **ranges,
    )


def temperature_unsent_since() -> str:
    """Return the first release that sends no temperature by default."""
    since: str = facts.data("bench_results")["temperatureUnsentSince"]
    return since


def _range(entry: Mapping[str, object]) -> Range:
    names = {name: frozenset(frozen(entry.get(name, ()))) for name in ("keys", "adds", "drops")}
    return fill(Range, entry, since=entry["from"], **names)
