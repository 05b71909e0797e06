"""Measurements -> rows of a Markdown table that also reads well on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measure import Sample


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of targets: a time in ms or a size in MB, and its ratio to a reference.

    `limit` is what the ratio, or the size where there is no ratio, is to stay within; `cpu` and `ratio` are
    None if there is no such number.
    """

    work: str
    amount: float
    unit: str
    cpu: float | None = None
    ratio: Sample | None = None
    reference: str = ""
    limit: float | None = None

    def cells(self) -> list[str]:
        """Return the cells in the order of HEAD; the limit of a time is compared with wall time."""
        ratio, cpu_ratio, value = "-", "-", None if self.reference else self.amount
        if self.ratio:
            value = self.ratio.wall if self.unit == "ms" else self.ratio.peak
            ratio = f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
            if self.unit == "ms":
                cpu_ratio = f"{self.ratio.cpu:.3f}" if self.ratio.cpu < 0.1 else f"{self.ratio.cpu:.2f}"
        allowed = "-" if self.limit is None else f"{self.limit:g}{'' if self.reference else ' ' + self.unit}"
        met = "-" if self.limit is None or value is None else "yes" if value <= self.limit else "no"
        amount = f"{self.amount:.1f} {self.unit}"
        cpu = "-" if self.cpu is None else f"{self.cpu:.1f}"
        return [self.work, amount, cpu, ratio, cpu_ratio, self.reference or "-", allowed, met]


HEAD = ("Work", "Median", "CPU ms", "Ratio", "CPU ratio", "To", "At most", "Met")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns; all but the first are to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = []
    for row in (head, rule, *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
