"""NCCL's variables, and what of them switches a fabric off (facts/nccl.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from r1c import facts
from r1c.facts.entry import fill, fill_each
from r1c.record import named_record


@named_record
class Switch:
    """The value of a variable that takes something out of use, what that is, and the stacks that have it."""

    value: str
    stacks: tuple[str, ...]
    what: str


@named_record
class NcclVariables:
    """The whole file: what NCCL_NET can be by stack, the switches by variable, the tuner's file by platform,
    and the names that NCCL reads.
    """

    networks: Mapping[str, tuple[str, ...]]
    off: Mapping[str, Switch]
    tuners: Mapping[str, str]
    names: tuple[str, ...]


@cache
def read() -> NcclVariables:
    """Return the table."""
    data = facts.table("nccl")["data"]
    return fill(NcclVariables, data, off=fill_each(Switch, data["off"]))
