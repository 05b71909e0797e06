"""The work of a decode step and of a prompt -> TTFT and TPOT under load, in seconds.

The fit of the coefficients (tools/forecast_fit.py) calls these functions too, with arrays for numbers.
"""

from __future__ import annotations

from r1c.facts.performance import Coefficients
from r1c.forecast.work import Work


def step(work: Work, c: Coefficients) -> float:
    """Return the seconds of one decode step without a prompt in it."""
    return (
        c.bandwidth * work.read
        + c.arithmetic * work.arithmetic
        + c.overhead * work.layers
        + c.routing * work.routing
        + c.all_reduce * work.all_reduces
        + c.volume * work.volume
        + work.across
    )


def prompt(work: Work, c: Coefficients) -> float:
    """Return the seconds that the prefill of one prompt takes."""
    return (
        c.prefill_pass * work.read
        + c.arithmetic * work.arithmetic
        + c.attention * work.attention
        + c.volume * work.volume
        + work.across
    )


def fastest(work: Work) -> float:
    """Return the seconds of a pass at the GPU's peaks, reading and computing at the same time."""
    return max(work.read, work.arithmetic)


def tpot(step_: float, busy: float, at_once: float, output_len: int, c: Coefficients) -> float:
    """Return the time of an output token.

    A step, and the part of the other requests' prefill that delays it. `busy` is the time for which a prompt
    keeps a stage busy.
    """
    return step_ + c.share * busy * (at_once - 1) / output_len


def ttft(  # noqa: PLR0913, PLR0917  # what a first token waits for
    step_: float, prompt_: float, busy: float, at_once: float, output_len: int, c: Coefficients
) -> float:
    """Return the time to the first token.

    The request's way in, its prefill, a step, and the wait for the prompts before it, which grows with the
    part of the time that goes to prefill.
    """
    prefill = busy * at_once / (busy * at_once + output_len * step_)
    return c.first + step_ + prompt_ + busy * c.wait * prefill * (at_once - 1)
