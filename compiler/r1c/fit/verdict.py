"""A checked plan, a load and targets -> whether the plan is likely to meet them, and by what it misses."""

from __future__ import annotations

from r1c.capacity import estimate
from r1c.fit.question import Question
from r1c.fit.reason import Reason
from r1c.forecast import Expected, Forecast, forecast, unforecast
from r1c.forecast.load import of_one_group
from r1c.forecast.served import held
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Verdict:
    """The forecast, if there is a load; why the targets are missed; and whether they are met for sure.

    Targets are met where the likely value meets them; for sure, where the high end does too.
    """

    forecast: Forecast | None = None
    reason: Reason | None = None
    sure: bool = True


def judge(question: Question, plan: Plan) -> Verdict:
    """Hold a plan against the load and the targets of a question."""
    load = question.load
    if load is None:
        return Verdict()
    missing = unforecast(plan)
    if missing:
        return Verdict(reason=Reason(None, "forecast", missing))
    expected, capacity = forecast(plan, load), estimate(plan)
    assert expected is not None  # noqa: S101  # it has a forecast
    assert capacity is not None  # noqa: S101  # and so a size
    groups, data = plan.group.replicas, plan.group.data
    least, most = held(capacity, of_one_group(load, groups), data)
    sure = True
    if load.rate is None:
        likely = (least + most) // 2 * groups
        if likely < load.in_flight:
            return Verdict(
                expected, _too_few(likely, load.in_flight, low_meets=most * groups >= load.in_flight)
            )
        sure = least * groups >= load.in_flight
    elif expected.saturated:
        text = (
            f"serves {expected.output_rate.likely / load.output_len:.3g} of {load.rate:g} requests a second"
        )
        return Verdict(expected, Reason(None, "rate", text, expected.output_rate.likely / load.output_len))
    for name, figure, target in (
        ("TTFT", expected.ttft, question.targets.ttft),
        ("TPOT", expected.tpot, question.targets.tpot),
    ):
        if target is not None and figure.likely > target:
            return Verdict(expected, _too_slow(name, figure, target))
        sure = sure and (target is None or figure.high <= target)
    return Verdict(expected, None, sure)


def _too_few(likely: int, wanted: int, *, low_meets: bool) -> Reason:
    text = f"KV cache for {likely:,} of {wanted:,} requests"
    return Reason(None, "sequences", text, likely, low_meets)


def _too_slow(name: str, figure: Expected, target: float) -> Reason:
    text = f"{name} {duration(figure.likely)}, over {duration(target)}"
    return Reason(None, name, text, figure.likely, low_meets=figure.low <= target)


def duration(seconds: float) -> str:
    """Write a duration with three digits: 41.2 ms, 1.35 s."""
    value, unit = (seconds, "s") if seconds >= 1 else (seconds * 1000, "ms")
    return f"{float(f'{value:.3g}'):,g} {unit}"
