"""What each vLLM release's serving benchmark writes -> one name and unit for each figure.

The table is facts/bench_results.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Literal

from r1c.facts import bench_result

STATISTICS = ("mean", "median", "std")
_LATENCY_KEY = re.compile(r"(mean|median|std|p\d+(?:\.\d+)?)_(.+)_ms")
PERCENTILE = re.compile(r"p\d+(?:\.\d+)?")


def order() -> tuple[str, ...]:
    """Return the names of all figures that do not depend on a percentile, as tables show them."""
    known = bench_result.read()
    return (*known.figures, *(f"{word}_{name}_ms" for name in known.latencies for word in STATISTICS))


def known(name: str) -> bool:
    """Tell whether a name is one of a figure, of any percentile."""
    return name in bench_result.read().figures or is_latency(name)


def is_latency(name: str) -> bool:
    """Tell whether a name is that of a latency, of any statistic."""
    match = _LATENCY_KEY.fullmatch(name)
    return bool(match and match[2] in bench_result.read().latencies)


@cache
def keys() -> Mapping[str, str]:
    """Map each key of the result file to our name, but for the latencies, whose keys are our names."""
    return {key: name for name, entry in bench_result.read().figures.items() for key in entry.keys}


@cache
def labels() -> Mapping[str, str]:
    """Map each label of the printed block to our name."""
    return {label: name for name, entry in bench_result.read().figures.items() for label in entry.labels}


@cache
def setting_labels() -> Mapping[str, str]:
    """Map each label of the printed block that says what was asked for to the setting's name."""
    return {label: name for name, entry in bench_result.read().settings.items() for label in entry.labels}


def figure(key: str) -> str | None:
    """Return our name for a key of the result file, None if it is not a figure."""
    return key if is_latency(key) else keys().get(key)


@cache
def line() -> re.Pattern[str]:
    """Match a line of the printed block, with whatever a log puts before it.

    The groups are its label, or the statistic and the latency, and its value.
    """
    plain = "|".join(sorted(map(re.escape, (*labels(), *setting_labels())), key=len, reverse=True))
    named = "|".join(sorted(map(re.escape, bench_result.read().latencies.values()), key=len, reverse=True))
    return re.compile(
        rf"(?:^|[\s\]|])(?:(?P<label>{plain})"
        rf"|(?P<word>Mean|Median|P\d+(?:\.\d+)?) (?P<latency>{named}) \(ms\):)"
        r"\s+(?P<value>-?\d+(?:\.\d+)?|inf|nan)\s*$"
    )


def read_line(text: str) -> tuple[str, float | int, bool] | None:
    """Return the name and the value in a line of the block, and whether it is a setting.

    None if the line has neither a figure nor a setting.
    """
    match = line().search(text)
    if match is None:
        return None
    written = match["value"]
    value = float(written) if re.search(r"[.a-z]", written) else int(written)
    if match["label"]:
        setting = setting_labels().get(match["label"])
        return setting or labels()[match["label"]], value, bool(setting)
    by_label = {label: name for name, label in bench_result.read().latencies.items()}
    return f"{match['word'].lower()}_{by_label[match['latency']]}_ms", value, False


def ranges(kind: Literal["files", "blocks"]) -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """Yield the ranges of releases that write the same keys (`files`) or labels (`blocks`).

    Each has the command, its first release, the first release after it (empty if it is the last range), and
    all keys or labels.
    """
    known = bench_result.read()
    for command, entries in (known.files if kind == "files" else known.blocks).items():
        following = [*(entry.since for entry in entries[1:]), known.ended.get(command, "")]
        held: frozenset[str] = frozenset()
        for entry, before in zip(entries, following, strict=True):
            held = (held | entry.keys | entry.adds) - entry.drops
            yield command, entry.since, before, held


def written_by(found: Iterable[str]) -> str:
    """Say which releases write a file with these keys, empty if none does."""
    markers = set(bench_result.read().always)
    wanted = set(found) & markers
    fitting = [(since, before) for _, since, before, held in ranges("files") if held & markers == wanted]
    if not fitting:
        return ""
    since, before = fitting[0][0], fitting[-1][1]
    return f"{since} to before {before}" if before else f"{since} or newer"
