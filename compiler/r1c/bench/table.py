"""Benchmark results -> one table, as text, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from r1c.bench import formats
from r1c.bench.result import Result, Value
from r1c.diagnostics import columns
from r1c.diagnostics.text import printable

SETTINGS = (
    "model",
    "tokenizer",
    "backend",
    "dataset",
    "input_len",
    "output_len",
    "prompts",
    "concurrency",
    "request_rate",
    "burstiness",
)
CACHE_HITS = "prefix_cache_hit_percent"
_SHOWN = (
    "prompts",
    "concurrency",
    "request_rate",
    "requests_per_s",
    "good_requests_per_s",
    "output_tokens_per_s",
    "total_tokens_per_s",
    "median_ttft_ms",
    "p99_ttft_ms",
    "median_tpot_ms",
    "p99_tpot_ms",
    "failed_requests",
    CACHE_HITS,
)
"""The figures in the text table; JSON and CSV have all."""


def row(result: Result) -> dict[str, Value]:
    """Return a result as one flat record."""
    head: dict[str, Value] = {"source": result.source, "point": result.point, "vllm": result.vllm}
    return {**head, **result.settings, **result.figures}


def names_of(results: Iterable[Result]) -> list[str]:
    """Return the columns that some result has a value for: the fixed ones in their order, then by name."""
    found = {name for result in results for name in row(result)}
    percentiles = sorted((name for name in found if formats.PERCENTILE.match(name)), key=_by_latency)
    fixed = ("source", "point", "vllm", *SETTINGS, *formats.order())
    ordered = [name for name in fixed if name in found] + percentiles
    return ordered + sorted(found - set(ordered))


def _by_latency(name: str) -> tuple[str, float]:
    percentile, _, latency = name.partition("_")
    return latency, float(percentile[1:])


def to_json(results: Sequence[Result]) -> str:
    """Return a JSON array with an object for each result, the numbers unchanged."""
    names = names_of(results)
    rows = [
        {name: value for name in names if (value := row(result).get(name, "")) != ""} for result in results
    ]
    return as_json(rows)


def to_csv(results: Sequence[Result]) -> str:
    """Return a header and a line for each result; what a result does not have is empty."""
    return as_csv([row(result) for result in results], names_of(results))


def as_json(rows: Sequence[Mapping[str, Value]]) -> str:
    """Return flat records as a JSON array."""
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def as_csv(rows: Sequence[Mapping[str, Value]], names: Sequence[str]) -> str:
    """Return flat records as a header and a line for each; what a record does not have is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_text(results: Sequence[Result]) -> str:
    """Return a table for a terminal: what tells the results apart, and the main figures."""
    names = [name for name in names_of(results) if name in ("source", "point", *_SHOWN)]
    names.sort(key=("source", "point", *_SHOWN).index)
    if not any(result.point for result in results):
        names.remove("point")
    if CACHE_HITS in names and not any(map(cache_hits, results)):
        names.remove(CACHE_HITS)
    return aligned([names, *([shown(row(result).get(name, "")) for name in names] for result in results)])


def cache_hits(result: Result) -> float:
    """Return the percentage of prompt tokens from the prefix cache; 0 below one, which changes no figure."""
    percent = result.figures.get(CACHE_HITS, 0.0)
    return percent if percent > 1 else 0.0


def shown(value: Value) -> str:
    """Write a value for people: two decimals, as vLLM prints it."""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as columns, numbers to the right."""
    rows = [[printable(cell) for cell in row] for row in rows]
    figures = [
        all(re.fullmatch(r"[-+]?[\d.]*( ?%)?|n/a", text) for text in column)
        for column in zip(*rows[1:], strict=True)
    ]
    right = [place for place, is_figure in enumerate(figures) if is_figure]
    return "".join(f"{line}\n" for line in columns.aligned(rows, right))
