"""A figure that is known only as a range, and bytes as every report shows them: rounded in one place."""

from __future__ import annotations

from r1c.capacity.settings import GIB
from r1c.record import record


@record
class Range:
    """The least and the most, both possible."""

    low: int
    high: int

    def __add__(self, other: Range) -> Range:
        """Add two amounts that do not depend on each other."""
        return Range(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Range) -> Range:
        """Take an amount away that does not depend on this one."""
        return Range(self.low - other.high, self.high - other.low)

    def __str__(self) -> str:
        """Return the range as messages show it."""
        return f"{self.low:,}" if self.low == self.high else f"{self.low:,} to {self.high:,}"


def exactly(figure: int) -> Range:
    """Return the range of a figure that is known."""
    return Range(figure, figure)


def gib(size: int) -> str:
    """Write bytes as GiB with one decimal."""
    return f"{_tenths(size)} GiB"


def gib_range(range_: Range) -> str:
    """Write a range of bytes as GiB; one figure where both ends round to it."""
    low, high = _tenths(range_.low), _tenths(range_.high)
    return f"{low} GiB" if low == high else f"{low} to {high} GiB"


def _tenths(size: int) -> str:
    return f"{(size * 10 + GIB // 2) // GIB / 10:.1f}"
