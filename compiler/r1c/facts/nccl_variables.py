"""NCCL's variables: those that turn a fabric off, and the NCCL releases that read each one.

The first are in facts/nccl.yaml, the second in facts/nccl_variables.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from r1c import facts
from r1c.facts.entry import fill, fill_each, load
from r1c.record import named_record


@named_record
class Switch:
    """The value of a variable that takes something out of use, what that is, and the stacks that have it."""

    value: str
    stacks: tuple[str, ...]
    what: str


@named_record
class NcclVariables:
    """The whole file.

    It has the values of NCCL_NET by stack, the switches by variable, the tuner's file by platform, and the
    names that plugins read.
    """

    networks: Mapping[str, tuple[str, ...]]
    off: Mapping[str, Switch]
    tuners: Mapping[str, str]
    names: tuple[str, ...]


@cache
def read() -> NcclVariables:
    """Return the table."""
    data = facts.data("nccl")
    return fill(NcclVariables, data, off=fill_each(Switch, data["off"]))


def _releases() -> Any:
    return load("nccl_variables.json")


def own() -> Mapping[str, tuple[tuple[str, str | None], ...]]:
    """Return NCCL's own variables (facts/nccl_variables.json) with the spans of releases that read each.

    The last span is open if the newest release reads the variable.
    """
    spans: Mapping[str, tuple[tuple[str, str | None], ...]] = _releases()["variables"]
    return spans


def every() -> tuple[str, ...]:
    """Return every variable of NCCL and of its plugins that r1c knows."""
    return (*own(), *read().names)


def releases() -> tuple[str, ...]:
    """Return the releases of NCCL whose variables r1c knows, oldest first."""
    return tuple(_releases()["releases"])


def source(variable: str) -> str:
    """Return where r1c knows a variable from."""
    table = _releases() if variable in own() else facts.data("nccl")
    return str(table["source"])


def reads(variable: str, nccl: str) -> bool:
    """Tell whether a release of NCCL reads a variable.

    A release that was not read counts as the nearest older one, and one older than all as the oldest.
    """
    order = _releases()["releases"]
    older = [place for place, name in enumerate(order) if _numbers(name) <= _numbers(nccl)]
    here = max(older, default=0)
    return any(
        order.index(first) <= here and (last is None or here <= order.index(last))
        for first, last in own().get(variable, ())
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
