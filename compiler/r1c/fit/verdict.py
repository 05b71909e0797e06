"""A checked plan, a load and targets -> whether the plan is likely to meet them, or what it misses."""

from __future__ import annotations

from r1c.capacity import estimate, unsized
from r1c.fit.question import Question
from r1c.fit.reason import Kind, Reason
from r1c.forecast import Expected, Forecast, forecast, unforecast
from r1c.forecast.load import Load, of_one_group
from r1c.forecast.served import held
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Verdict:
    """The forecast, if there is a load; why the targets are missed; and whether they are met for sure.

    Targets are met where the likely value meets them; for sure, where the worse end of its range does too.
    """

    forecast: Forecast | None = None
    reason: Reason | None = None
    sure: bool = True


def judge(question: Question, plan: Plan) -> Verdict:
    """Hold a plan against the load and the targets of a question."""
    load, targets = question.load, question.targets
    if load is None:
        missing = unsized(plan) if question.sized else None
        return Verdict(reason=Reason("unknown", message=missing) if missing else None)
    expected = forecast(plan, load)
    if expected is None:
        return Verdict(reason=Reason("unknown", message=unforecast(plan) or ""))
    if expected.saturated:
        served = expected.output_rate.likely / load.output_len
        fast = expected.output_rate.high / load.output_len >= (load.rate or 0)
        return Verdict(expected, Reason("rate", figure=served, target=load.rate or 0, low_meets=fast))
    least, likely, most = _places(plan, load)
    wanted = 0 if load.rate is not None else load.in_flight
    if likely < wanted:
        return Verdict(expected, Reason("sequences", figure=likely, target=wanted, low_meets=most >= wanted))
    sure = least >= wanted
    latencies: tuple[tuple[Kind, Expected, float | None], ...] = (
        ("TTFT", expected.ttft, targets.ttft),
        ("TPOT", expected.tpot, targets.tpot),
    )
    for kind, time, target in latencies:
        if target is None:
            continue
        if time.likely > target:
            return Verdict(
                expected, Reason(kind, figure=time.likely, target=target, low_meets=time.low <= target)
            )
        sure = sure and time.high <= target
    return Verdict(expected, None, sure)


def _places(plan: Plan, load: Load) -> tuple[int, int, int]:
    """Return how many requests of a load all groups hold: at least, likely, at most."""
    capacity, groups = estimate(plan), plan.group.replicas
    assert capacity is not None  # noqa: S101  # it has a forecast
    least, most = held(capacity, of_one_group(load, groups), plan.group.data)
    return least * groups, (least + most) // 2 * groups, most * groups
