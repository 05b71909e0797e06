"""Why a configuration is excluded: a rule, or a figure that misses its target."""

from __future__ import annotations

from typing import Literal

from r1c.diagnostics import Diagnostic
from r1c.record import record

Kind = Literal["rule", "unknown", "sequences", "rate", "TTFT", "TPOT"]
"""What refuses a configuration: a rule, no estimate of memory or speed, a KV cache that holds too few
requests, requests that arrive faster than they are served, or a latency.
"""


@record
class Reason:
    """Why a configuration is excluded.

    A rule has its `code`, `message` and `help`, a missing estimate its `message`. All others have the likely
    `figure` that misses the `target`, in requests, requests a second, or seconds; `low_meets` tells whether
    the better end of its range meets it.
    """

    kind: Kind
    code: str | None = None
    message: str = ""
    help: str = ""
    figure: float = 0.0
    target: float = 0.0
    low_meets: bool = False

    def __str__(self) -> str:
        """Return the reason with its own numbers."""
        if self.kind == "unknown":
            return f"no estimate: {self.message}"
        if self.code:
            return f"{self.message} ({self.code})"
        near = "; only the better end of the range meets it" if self.low_meets else ""
        return missed(self.kind, (self.figure, self.figure), self.target) + near


def of_diagnostic(item: Diagnostic) -> Reason:
    """Return the reason that a rule gives."""
    return Reason("rule", item.code, item.message, item.help)


def missed(kind: Kind, figures: tuple[float, float], target: float) -> str:
    """Say by what figures, from the least to the most, a target is missed."""
    if kind == "sequences":
        return f"KV cache for {_span(figures, '{:,.0f}')} of {target:,.0f} requests"
    if kind == "rate":
        return f"serves {_span(figures, '{:.3g}')} of {target:g} requests a second"
    shown = [duration(figure) for figure in figures]
    return f"{kind} {shown[0] if shown[0] == shown[1] else ' to '.join(shown)}, over {duration(target)}"


def _span(figures: tuple[float, float], form: str) -> str:
    low, high = (form.format(figure) for figure in figures)
    return low if low == high else f"{low} to {high}"


def duration(seconds: float) -> str:
    """Write a duration with three digits: 41.2 ms, 1.35 s."""
    value, unit = (seconds, "s") if seconds >= 1 else (seconds * 1000, "ms")
    return f"{float(f'{value:.3g}'):,g} {unit}"
