"""The price of a GPU hour -> the cost of a plan by the hour, and of a million output tokens under a load."""

from __future__ import annotations

import re

from r1c.diagnostics import UserError
from r1c.forecast import Expected, Forecast
from r1c.resolve.plan import Plan

_PRICE = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
_HOUR = 3600
_MILLION = 10**6


def price(text: str) -> float:
    """Read a price; raises UserError for what is not a number greater than 0."""
    if not _PRICE.fullmatch(text.strip()) or float(text) == 0:
        raise UserError(f"--price-per-gpu-hour {text}: expected a number greater than 0, such as 9.80")
    return float(text)


def by_hour(plan: Plan, price_: float) -> float:
    """Return what all groups cost in an hour."""
    return price_ * plan.group.gpus * plan.group.replicas


def of_a_million(plan: Plan, price_: float, forecast: Forecast) -> Expected:
    """Return what a million output tokens cost; their prompts are paid for with them."""
    return forecast.output_rate.over(by_hour(plan, price_) / _HOUR * _MILLION)
