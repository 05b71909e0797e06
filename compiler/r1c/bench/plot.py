"""Benchmark results of a sweep -> throughput against latency, as an SVG or a PNG.

Only this module imports matplotlib.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from r1c.bench.result import Result
from r1c.diagnostics import UserError

THROUGHPUT = "output_tokens_per_s"
ENDINGS = (".svg", ".png")


def draw(sets: Mapping[str, Sequence[Result]], latency: str, path: Path) -> None:
    """Write the file: a line for each set, its points in the order of their throughput, named by their load.

    The same results give the same SVG with the same matplotlib. Raises UserError where matplotlib is missing,
    the file's ending is neither .svg nor .png, or no result has both figures.
    """
    if path.suffix not in ENDINGS:
        raise UserError(f"{path}: use a name that ends in .svg or .png")
    series = {name: _series(results, latency) for name, results in sets.items()}
    if not any(series.values()):
        raise UserError(f"no result has both {THROUGHPUT} and {latency}")
    try:
        import matplotlib
    except ImportError as error:
        raise UserError(
            "plots need matplotlib; run `pip install matplotlib` in the Python environment of r1c"
        ) from error
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**matplotlib.rcParamsDefault, "svg.hashsalt": "r1c", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 5), layout="constrained")
        axes = figure.add_subplot()
        for name, points in series.items():
            axes.plot([x for x, _, _ in points], [y for _, y, _ in points], marker="o", label=name)
            for x, y, label in points:
                axes.annotate(label, (x, y), xytext=(4, 4), textcoords="offset points", fontsize="small")
        axes.set_xlabel("output tokens per second")
        axes.set_ylabel(_words(latency))
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, alpha=0.3)
        if len(series) > 1:
            axes.legend()
        try:
            figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})
        except OSError as error:
            raise UserError(f"{path}: cannot be written: {error.strerror}") from error


def _series(results: Sequence[Result], latency: str) -> list[tuple[float, float, str]]:
    return sorted(
        (result.figures[THROUGHPUT], result.figures[latency], _load(result))
        for result in results
        if THROUGHPUT in result.figures and latency in result.figures
    )


def _load(result: Result) -> str:
    for name, words in (("concurrency", "concurrency {}"), ("request_rate", "{} requests/s")):
        if name in result.settings:
            return words.format(result.settings[name])
    return result.point


def _words(figure: str) -> str:
    """Write a figure's name for an axis: p99_ttft_ms as p99 TTFT, ms."""
    statistic, _, rest = figure.partition("_")
    latency, _, unit = rest.rpartition("_")
    return f"{statistic} {latency.upper().replace('_', ' ')}, {unit}"
