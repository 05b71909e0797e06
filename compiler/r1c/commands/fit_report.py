"""The result of a search for configurations -> a table, and a line for each reason that excludes others."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from r1c.capacity import estimate
from r1c.codes import CODES
from r1c.commands.entries import WIDTH, row
from r1c.commands.fit_data import Report
from r1c.commands.forecast_report import footer, of_load, shown
from r1c.diagnostics.columns import aligned
from r1c.diagnostics.suggest import counted
from r1c.fit import grouping
from r1c.fit.question import Question
from r1c.fit.reason import duration
from r1c.fit.search import Found, Proposed
from r1c.forecast import Expected, cost
from r1c.forecast.load import MS

MOST = 10
"""Configurations that are listed without -v."""
_NOT_SEARCHED = (
    "Not searched: an FP8 KV cache, other values of gpu-memory-utilization and max-num-batched-tokens, "
    "context parallelism, speculative decoding, other checkpoints of the model, data parallelism with "
    "pipeline stages or without whole experts (EP), EP where the shape is valid without it, groups whose "
    "GPUs do not divide a node."
)


def as_text(report: Report, verbose: bool) -> str:
    """Write the configurations as lines of at most 100 columns; all of them, and each reason, if verbose."""
    lines = [*_asked(report), "", *_table(report, verbose)]
    for one in report.found:
        lines += _excluded(one, verbose)
    lines += ["", *textwrap.wrap(_NOT_SEARCHED, WIDTH)]
    forecasts = [item.forecast for item in report.proposed if item.forecast]
    if forecasts:
        lines += ["", *footer(forecasts)]
    return "".join(f"{line}\n" for line in lines)


def _asked(report: Report) -> Iterator[str]:
    question = report.question
    yield row("Model", f"{question.model.id}, max-model-len {question.context:,}")
    if question.load:
        yield row("Load", of_load(question.load))
    targets = (("TTFT", question.targets.ttft), ("TPOT", question.targets.tpot))
    limits = [f"{name} {duration(limit)}" for name, limit in targets if limit is not None]
    if limits:
        yield row("Targets", ", ".join(limits))
    nodes = f"{counted(question.nodes, 'node')} at most"
    for number, one in enumerate(report.found):
        where = f"{one.question.platform} with vLLM {one.question.release}, {nodes}"
        yield row("" if number else "Platform" if len(report.found) == 1 else "Platforms", where)


def _table(report: Report, verbose: bool) -> Iterator[str]:
    if not report.proposed:
        yield "No configuration meets this."
        for one in report.found:
            yield from _help(one)
        return
    listed = report.proposed if verbose else report.proposed[:MOST]
    rows = [_heading(report), *(_cells(report, number, item) for number, item in enumerate(listed, 1))]
    yield from aligned(rows, right=(0, 2))
    left = len(report.proposed) - len(listed)
    if left:
        more = f"{left} other{'' if left == 1 else 's'} with {_gpus(report.proposed[MOST:])}"
        yield f"and {more}: -v lists them"
    yield from _remarks(report.question, listed)


def _help(one: Found) -> Iterator[str]:
    """Say what the rule that refuses the largest group with the fewest stages would have changed."""
    item = max(one.refused, key=lambda item: (item.shape.gpus, item.shape.tensor))
    if item.reason.help:
        text = f"{one.question.platform}, {item.shape}: {item.reason.help}"
        yield from textwrap.wrap(text, WIDTH, initial_indent="  = help: ", subsequent_indent="    ")


def _gpus(items: Sequence[Proposed]) -> str:
    least, most = items[0].gpus, items[-1].gpus
    return f"{least} GPUs" if least == most else f"{least} to {most} GPUs"


def _heading(report: Report) -> tuple[str, ...]:
    first = ("#", "Platform", "GPUs", "Configuration")
    hour = ("an hour",) if report.prices else ()
    if report.question.load is None:
        return (*first, "KV cache, tokens", "sequences", *hour)
    million = ("1M out",) if report.prices else ()
    return (*first, "TTFT, s", "TPOT, ms", "Targets", *hour, *million)


def _cells(report: Report, number: int, item: Proposed) -> tuple[str, ...]:
    groups = f"{item.groups} x " if item.groups > 1 else ""
    first = (str(number), item.question.platform, str(item.gpus), f"{groups}{item.shape}")
    price = report.prices.get(item.question.platform)
    hour = "-" if price is None else f"{cost.by_hour(item.plan, price):,.2f}"
    expected = item.forecast
    if expected is None:
        return (*first, *_cache(item), *([hour] if report.prices else []))
    million = "-" if price is None else shown(cost.of_a_million(item.plan, price, expected).likely)
    met = "met" if item.sure else "likely"
    times = (_range(expected.ttft), _range(expected.tpot, MS), met)
    return (*first, *times, *([hour, million] if report.prices else []))


def _cache(item: Proposed) -> tuple[str, str]:
    size = estimate(item.plan)
    assert size is not None  # noqa: S101  # one without a size is out
    each = f" x {item.shape.data}" if item.shape.data > 1 else ""
    low, high = size.at_once
    return f"{size.tokens}{each}", f"{low:.1f} to {high:.1f}{each}"


def _range(expected: Expected, times: float = 1) -> str:
    low, high = (shown(value * times, 2) for value in (expected.low, expected.high))
    return f"{shown(expected.likely * times)} ({low} to {high})"


def _remarks(question: Question, listed: Sequence[Proposed]) -> Iterator[str]:
    """Explain the words of the table, and the warnings of `r1c check`, by their numbers in it."""
    remarks = []
    if question.load is None:
        remarks.append(
            f"sequences: those of {question.context:,} tokens that the KV cache holds at the same time."
        )
    elif not all(item.sure for item in listed):
        remarks.append(
            "likely: the likely value meets the load and the targets; the worse end of its range does not."
        )
    if any(item.sure and item.forecast for item in listed):
        remarks.append("met: the worse end of the range meets them too.")
    numbers: dict[str, list[int]] = {}
    for number, item in enumerate(listed, 1):
        for code in dict.fromkeys(warning.code for warning in item.warnings):
            numbers.setdefault(code, []).append(number)
    titles = {code.id: code.title for code in CODES}
    remarks += [
        f"warning {code} for {', '.join(map(str, items))}: {titles[code]}"
        for code, items in sorted(numbers.items())
    ]
    for remark in remarks:
        yield from textwrap.wrap(remark, WIDTH, subsequent_indent="  ")


def _excluded(one: Found, verbose: bool) -> Iterator[str]:
    if not one.refused:
        return
    count = len(one.refused)
    yield ""
    yield f"Excluded on {one.question.platform}: {count} of {count + len(one.proposed)} configurations"
    reasons: Iterator[tuple[str, str]] = grouping.lines(one)
    if verbose:
        reasons = ((_each(item.shape, item.groups), str(item.reason)) for item in one.refused)
    for which, why in reasons:
        yield from textwrap.wrap(
            f"{which}: {why}", WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )


def _each(shape: object, groups: int) -> str:
    return f"{groups} x {shape}" if groups > 1 else str(shape)
