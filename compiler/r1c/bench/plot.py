"""Benchmark results of a sweep -> throughput against latency, as an SVG or a PNG.

Only this module imports matplotlib.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from r1c.bench import load
from r1c.bench.result import Result
from r1c.diagnostics import UserError, install
from r1c.record import record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

THROUGHPUT = "output_tokens_per_s"
ENDINGS = (".svg", ".png")
_MARK = 8
"""Pixels that the mark of a point takes."""
_ACROSS: tuple[tuple[int, Literal["left", "center", "right"]], ...] = (
    (5, "left"),
    (-5, "right"),
    (0, "center"),
)
_UP: tuple[tuple[int, Literal["bottom", "top"]], ...] = ((4, "bottom"), (-4, "top"))
"""Where a label can stand, in points from its point, best first."""


@record
class Point:
    """A point of a sweep in the plot: output tokens per second, milliseconds, and the number of its load."""

    x: float
    y: float
    label: str


@record
class Curve:
    """One line of the plot: its name in the legend, and its points in the order of their load."""

    name: str
    points: tuple[Point, ...]


def draw(sets: Mapping[str, Sequence[Result]], latency: str, path: Path) -> None:
    """Write the file: a line for each set and kind of load, its points in the order of their load.

    The same results give the same SVG with the same matplotlib. Raises UserError where matplotlib is missing,
    the file's ending is neither .svg nor .png, or no result has both figures.
    """
    if path.suffix not in ENDINGS:
        raise UserError(f"{path}: use a name that ends in .svg or .png")
    curves = _curves(sets, latency)
    if not curves:
        raise UserError(f"no result has both {THROUGHPUT} and {latency}")
    try:
        import matplotlib
    except ImportError as error:
        raise UserError(install.missing("a plot", "plot", "matplotlib")) from error
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**matplotlib.rcParamsDefault, "svg.hashsalt": "r1c", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 5), layout="constrained")
        axes = figure.add_subplot()
        for curve in curves:
            axes.plot(
                [point.x for point in curve.points],
                [point.y for point in curve.points],
                marker="o",
                label=curve.name,
            )
        axes.set_xlabel("output tokens per second")
        axes.set_ylabel(_words(latency))
        axes.margins(0.12)  # room for the labels of the outer points
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize="small")
        figure.draw_without_rendering()  # sizes are known once everything has its place
        _label(axes, [point for curve in curves for point in curve.points])
        try:
            figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})
        except OSError as error:
            raise UserError(f"{path}: cannot be written: {error.strerror}") from error


def _curves(sets: Mapping[str, Sequence[Result]], latency: str) -> list[Curve]:
    """Return a line for each set and kind of load, its points in the order of their load."""
    found: dict[tuple[str, str, str], list[Point]] = {}
    for name, results in sets.items():
        for result in sorted(results, key=load.order):
            if THROUGHPUT in result.figures and latency in result.figures:
                step = load.step(result)
                kind, label = (step.kind, step.label) if step else ("all requests at once", result.point)
                point = Point(result.figures[THROUGHPUT], result.figures[latency], label)
                found.setdefault((name, kind, load.shape(result)), []).append(point)
    # What all lines share would say nothing in the legend; the kind of load is what the labels count.
    several = [len({key[part] for key in found}) > 1 for part in range(3)]
    return [
        Curve(
            ", ".join(part for part, tells in zip(key, (several[0], True, several[2]), strict=True) if tells),
            tuple(points),
        )
        for key, points in found.items()
    ]


def _label(axes: Axes, points: Sequence[Point]) -> None:
    """Write each label beside its point, inside the frame and clear of the others, where there is room."""
    from matplotlib.transforms import Bbox

    frame = axes.get_window_extent()
    centres = [axes.transData.transform((point.x, point.y)) for point in points]
    taken = [Bbox.from_bounds(x - _MARK / 2, y - _MARK / 2, _MARK, _MARK) for x, y in centres]
    for point in points:
        for (x, across), (y, up) in product(_ACROSS, _UP):
            label = axes.annotate(
                point.label,
                (point.x, point.y),
                xytext=(x, y),
                textcoords="offset points",
                ha=across,
                va=up,
                fontsize="small",
            )
            box = label.get_window_extent()
            inside = all(map(frame.contains, (box.x0, box.x1), (box.y0, box.y1)))
            if inside and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            label.remove()


def _words(figure: str) -> str:
    """Write a figure's name for an axis: p99_ttft_ms as p99 TTFT, ms."""
    statistic, _, rest = figure.partition("_")
    latency, _, unit = rest.rpartition("_")
    return f"{statistic} {latency.upper().replace('_', ' ')}, {unit}"
