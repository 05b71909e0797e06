"""A Plan and a load -> the forecast: TTFT, TPOT and throughput, each with its range."""

from __future__ import annotations

from r1c.capacity import estimate, unsized
from r1c.facts import performance
from r1c.forecast import unmeasured
from r1c.forecast.load import Load, of_one_group
from r1c.forecast.served import Slower, held, served
from r1c.forecast.serving import serving
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Expected:
    """A figure: what is likely, and the range."""

    low: float
    likely: float
    high: float

    def over(self, amount: float) -> Expected:
        """Return an amount divided by the figure: the most at its low end."""
        return Expected(amount / self.high, amount / self.likely, amount / self.low)


@record
class Forecast:
    """What to expect of one group, or of all groups together for `output_rate`, under a load.

    `ttft` and `tpot` are seconds, with the wait of requests that do not run at once; rates are output tokens
    a second. `at_once` are the requests of all groups that are likely to run at the same time. `unmeasured`
    are the conditions that no measured point has; they make the range wider by `factor` on both sides.
    """

    load: Load
    at_once: int
    ttft: Expected
    tpot: Expected
    user_rate: Expected
    gpu_rate: Expected
    output_rate: Expected
    saturated: bool
    known: bool
    unmeasured: tuple[str, ...]
    factor: float

    @property
    def ranges(self) -> performance.Ranges:
        """The ranges of such a model and GPU, before they are made wider, and their coverage."""
        fit = performance.fit()
        return fit.measured_ranges if self.known else fit.other_ranges


def unforecast(plan: Plan) -> str | None:
    """Say why a plan has no forecast, or None if it has one."""
    if not plan.group.replicas:
        return "it has no groups (replicas 0)"
    if performance.gpu_of(plan.platform.id) is None:
        return f"r1c has no speeds of the GPUs of {plan.platform.id}"
    return unsized(plan)


def forecast(plan: Plan, load: Load) -> Forecast | None:
    """Return the forecast for a load that the groups of a plan share evenly.

    None where unforecast() gives a reason.
    One end of a range has the largest KV cache that the plan may have, the other end the smallest; both are
    multiplied by a quantile of the errors on points that were held out.
    """
    capacity, gpu = estimate(plan), performance.gpu_of(plan.platform.id)
    if capacity is None or gpu is None or not plan.group.replicas:
        return None
    group, fit = plan.group, performance.fit()
    shape, share = serving(plan, capacity, gpu), of_one_group(load, group.replicas)
    least, most = held(capacity, share, group.data)
    known = unmeasured.known(shape)
    ranges = fit.measured_ranges if known else fit.other_ranges
    likely = served(shape, share, (least + most) // 2, Slower())
    conditions = (*unmeasured.of_plan(plan, capacity), *unmeasured.of_load(share, likely.at_once))
    factor = unmeasured.factor(len(conditions))
    faster = Slower(ranges.ttft[0] / factor, ranges.tpot[0] / factor)
    slower = Slower(ranges.ttft[1] * factor, ranges.tpot[1] * factor)
    ends = (served(shape, share, most, faster), likely, served(shape, share, least, slower))
    tpot, rate = _expected([end.tpot for end in ends]), _expected([end.rate for end in ends])
    return Forecast(
        load,
        likely.at_once * group.replicas,
        _expected([end.ttft + end.wait for end in ends]),
        tpot,
        tpot.over(1),
        _times(rate, 1 / group.gpus),
        _times(rate, group.replicas),
        likely.saturated,
        known,
        conditions,
        factor,
    )


def _expected(ends: list[float]) -> Expected:
    """Return a range: its faster end, the likely value and its slower end (of rates, the slower is less)."""
    return Expected(min(ends), ends[1], max(ends))


def _times(expected: Expected, factor: float) -> Expected:
    return Expected(expected.low * factor, expected.likely * factor, expected.high * factor)
