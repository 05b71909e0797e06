"""What each vLLM release's serving benchmark writes -> one name and unit for each figure.

The table is facts/bench_results.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from r1c import facts

STATISTICS = ("mean", "median", "std")
_LATENCY_KEY = re.compile(r"(mean|median|std|p\d+(?:\.\d+)?)_(.+)_ms")
PERCENTILE = re.compile(r"p\d+(?:\.\d+)?")


def data() -> Any:
    """Return the table; treat it as frozen."""
    return facts.table("bench_results")["data"]


def order() -> tuple[str, ...]:
    """Return the names of all figures that do not depend on a percentile, as tables show them."""
    return (*data()["figures"], *(f"{word}_{name}_ms" for name in data()["latencies"] for word in STATISTICS))


def known(name: str) -> bool:
    """Tell whether a name is one of a figure, of any percentile."""
    match = _LATENCY_KEY.fullmatch(name)
    return name in data()["figures"] or bool(match and match[2] in data()["latencies"])


@cache
def keys() -> Mapping[str, str]:
    """Map each key of the result file to our name, but for the latencies, whose keys are our names."""
    return {key: name for name, entry in data()["figures"].items() for key in entry["keys"]}


@cache
def labels() -> Mapping[str, str]:
    """Map each label of the printed block to our name."""
    return {label: name for name, entry in data()["figures"].items() for label in entry["labels"]}


@cache
def setting_labels() -> Mapping[str, str]:
    """Map each label of the printed block that says what was asked for to the setting's name."""
    return {label: name for name, entry in data()["settings"].items() for label in entry.get("labels", ())}


def figure(key: str) -> str | None:
    """Return our name for a key of the result file, None if it is not a figure."""
    match = _LATENCY_KEY.fullmatch(key)
    if match and match[2] in data()["latencies"]:
        return key
    return keys().get(key)


@cache
def line() -> re.Pattern[str]:
    """Match a line of the printed block, with whatever a log puts before it.

    The groups are its label, or the statistic and the latency, and its value.
    """
    plain = "|".join(sorted(map(re.escape, (*labels(), *setting_labels())), key=len, reverse=True))
    named = "|".join(sorted(map(re.escape, data()["latencies"].values()), key=len, reverse=True))
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
    by_label = {label: name for name, label in data()["latencies"].items()}
    return f"{match['word'].lower()}_{by_label[match['latency']]}_ms", value, False


def ranges(kind: str) -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """Yield the ranges of releases that write the same keys (`files`) or labels (`blocks`).

    Each has the command, its first release, the first release after it (empty if it is the last range), and
    all keys or labels.
    """
    for command, entries in data()[kind].items():
        held: set[str] = set()
        for entry, following in zip(
            entries, [*entries[1:], {"from": data()["ended"].get(command, "")}], strict=True
        ):
            held = held | set(entry.get("keys", ())) | set(entry.get("adds", ()))
            held -= set(entry.get("drops", ()))
            yield command, entry["from"], following["from"], frozenset(held)


def written_by(found: Iterable[str]) -> str:
    """Say which releases write a file with these keys, empty if none does."""
    markers = set(data()["always"])
    wanted = set(found) & markers
    fitting = [(since, before) for _, since, before, held in ranges("files") if held & markers == wanted]
    if not fitting:
        return ""
    since, before = fitting[0][0], fitting[-1][1]
    return f"{since} to before {before}" if before else f"{since} or newer"
