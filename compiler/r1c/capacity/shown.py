"""Bytes -> the text in which every report shows them, rounded in one place."""

from __future__ import annotations

from r1c.capacity.ranges import Range
from r1c.capacity.settings import GIB


def gib(size: int) -> str:
    """Write bytes as GiB with one decimal."""
    return f"{_tenths(size)} GiB"


def gib_range(range_: Range) -> str:
    """Write a range of bytes as GiB; one figure where both ends round to it."""
    low, high = _tenths(range_.low), _tenths(range_.high)
    return f"{low} GiB" if low == high else f"{low} to {high} GiB"


def _tenths(size: int) -> str:
    return f"{(size * 10 + GIB // 2) // GIB / 10:.1f}"
