"""The GPUDirect stacks by the name that a platform's facts give: one module each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from r1c.lower.stack import Stack
from r1c.lower.stacks import gib, none, tcpx, tcpxo
from r1c.plan import Plan

STACKS: Mapping[str, Callable[[Plan], Stack]] = {
    "gib": gib.stack,
    "none": none.stack,
    "tcpx": tcpx.stack,
    "tcpxo": tcpxo.stack,
}
