"""How many requests of a load are likely to run at once, and how long each waits and runs."""

from __future__ import annotations

from r1c.capacity import Capacity
from r1c.facts import performance
from r1c.forecast import latency
from r1c.forecast.load import Load
from r1c.forecast.serving import Serving
from r1c.forecast.work import of_prompt, of_step
from r1c.record import record


@record
class Slower:
    """By how much requests are slower than is likely: factors on TTFT and on TPOT."""

    ttft: float = 1.0
    tpot: float = 1.0


@record
class Served:
    """One group under a load.

    `ttft` and `tpot` are seconds of a request that is served at once, `wait` the seconds for which it waits
    until it is, `rate` the output tokens a second of the group. `saturated` tells that requests arrive faster
    than they are served, so that the wait has no limit.
    """

    at_once: int
    ttft: float
    tpot: float
    wait: float
    rate: float
    saturated: bool = False


def served(serving: Serving, load: Load, most: int, slower: Slower) -> Served:
    """Return how a group that holds at most `most` requests serves a load."""
    if load.rate is not None:
        return _arriving(serving, load, load.rate, min(most, load.in_flight), slower)
    at_once = min(load.in_flight, most)
    ttft, tpot = _latency(serving, load, at_once, slower)
    each = ttft + load.output_len * tpot
    wait = (load.in_flight / at_once - 1) * each
    return Served(at_once, ttft, tpot, wait / 2 if load.once else wait, at_once * load.output_len / each)


def _arriving(serving: Serving, load: Load, rate: float, most: int, slower: Slower) -> Served:
    """Find the fewest requests at once for which as many end per second as arrive."""

    def ended(at_once: int) -> float:
        ttft, tpot = _latency(serving, load, at_once, slower)
        return at_once / (ttft + load.output_len * tpot)

    least, enough = 1, most
    while least < enough:
        middle = (least + enough) // 2
        if ended(middle) >= rate:
            enough = middle
        else:
            least = middle + 1
    ttft, tpot = _latency(serving, load, enough, slower)
    saturated = ended(enough) < rate and enough < load.in_flight
    return Served(enough, ttft, tpot, 0.0, min(rate, ended(enough)) * load.output_len, saturated)


def _latency(serving: Serving, load: Load, at_once: int, slower: Slower) -> tuple[float, float]:
    """Return TTFT and TPOT.

    Copies share the requests; the stages of a pipeline work on parts of them, one after the other, so that a
    prompt keeps each of them busy for its part of the time. Nothing is faster than the GPUs' peaks allow.
    """
    c, stages = performance.fit().coefficients, serving.pipeline
    each = max(1.0, at_once / serving.cut.data)
    one_step = of_step(serving, max(1.0, each / stages), load.context)
    one_prompt = of_prompt(serving, load.input_len)
    step, prompt = latency.step(one_step, c), latency.prompt(one_prompt, c)
    busy = prompt / stages
    ttft = slower.ttft * latency.ttft(step, prompt, busy, each, load.output_len, c)
    tpot = slower.tpot * latency.tpot(step, busy, each, load.output_len, c)
    return max(ttft, latency.fastest(one_prompt)), max(tpot, latency.fastest(one_step))


def held(capacity: Capacity, load: Load, data: int) -> tuple[int, int]:
    """Return how many running requests of a load the KV cache of a group holds, at least and at most.

    One at the least.
    """
    tokens, most = max(1, round(load.context)), capacity.settings.max_num_seqs
    low, high = (
        min(stage.cache.sequences(pool, tokens) for stage, pool in pools)
        for pools in (
            [(stage, stage.pool.low) for stage in capacity.stages],
            [(stage, stage.pool.high) for stage in capacity.stages],
        )
    )
    return max(1, min(int(low), most) * data), max(1, min(int(high), most) * data)
