"""The load of a benchmark result: which results are the same point, their order, and their labels."""

from __future__ import annotations

import math

from r1c.bench.result import Result, Value
from r1c.record import record

SETTINGS = ("dataset", "input_len", "output_len", "prompts", "concurrency", "request_rate", "burstiness")
"""Results that differ in one of these settings are different points."""

_SHAPE = ("dataset", "input_len", "output_len")
_STEPS = ("concurrency", "request_rate")


@record
class Step:
    """What a sweep changes from point to point: a number of requests at once, or requests per second."""

    setting: str
    value: float

    @property
    def kind(self) -> str:
        """The kind of load in words, for a legend."""
        return self.setting.replace("_", " ")

    @property
    def label(self) -> str:
        """The value as short as it is true: 16, 0.5."""
        return f"{self.value:g}"


Key = tuple[tuple[str, Value], ...]


def key(result: Result) -> Key:
    """Return the settings of the load that the result names."""
    return tuple((name, result.settings[name]) for name in SETTINGS if name in result.settings)


def step(result: Result) -> Step | None:
    """Return the concurrency, else the request rate; None for all requests at once."""
    for setting in _STEPS:
        value = number(result.settings.get(setting))
        if value:
            return Step(setting, value)
    return None


def shape(result: Result) -> str:
    """Return the data set and the lengths in words, such as random 1000 to 128; empty if unknown."""
    settings = result.settings
    data = str(settings.get("dataset", ""))
    lengths = [str(settings[name]) for name in _SHAPE[1:] if name in settings]
    return " ".join(filter(None, (data, " to ".join(lengths))))


def order(result: Result) -> tuple[str, float, float, int, float]:
    """Sort by data set and lengths, then concurrency before request rate, then by its number."""
    found = step(result)
    settings = result.settings
    kind = len(_STEPS) if found is None else _STEPS.index(found.setting)
    read, written = (number(settings.get(name)) for name in _SHAPE[1:])
    return (str(settings.get("dataset", "")), read, written, kind, found.value if found else 0.0)


def number(value: Value | None) -> float:
    """Return a setting as a number; 0 for none, and for inf, which is no limit."""
    try:
        read = float(value or 0)
    except ValueError:
        return 0.0
    return read if math.isfinite(read) else 0.0
