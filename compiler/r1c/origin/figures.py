"""A plan with origins -> the facts that its memory and its forecasts are computed from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c import capacity, forecast
from r1c.diagnostics import InternalError
from r1c.forecast import load
from r1c.origin.modules import Modules
from r1c.origin.origins import Origin
from r1c.origin.values import mark_of, plain, union
from r1c.resolve.plan import Plan


def facts(modules: Modules, marked: Any, plan: Plan) -> tuple[Origin, ...]:
    """Return the facts behind the memory and the forecasts; `marked` is the plan with origins.

    Raises InternalError if the figures are not those of the plan without.
    """
    of_memory, of_load, loads = map(modules.load, ("r1c.capacity", "r1c.forecast", "r1c.forecast.load"))
    found = list(_leaves(_figures(of_memory, of_load, loads, marked)))
    if list(map(plain, found)) != list(_leaves(_figures(capacity, forecast, load, plan))):
        raise InternalError("the run with origins has other figures than r1c plan")
    made_of, conditions = union(map(mark_of, found))
    return tuple(sorted((item for item in made_of | conditions if item.kind == "fact"), key=Origin.order))


def _figures(of_memory: Any, of_load: Any, loads: Any, plan: Any) -> list[Any]:
    return [of_memory.estimate(plan), *[of_load.forecast(plan, item) for item in loads.of_benchmark(plan)]]


def _leaves(value: Any) -> Iterator[Any]:
    """Yield what is in records, maps and lists."""
    if hasattr(type(value), "__match_args__"):
        for name in value.__match_args__:
            yield from _leaves(getattr(value, name))
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from _leaves(pair)
    elif isinstance(value, list | tuple | range):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
