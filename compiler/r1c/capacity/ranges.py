"""A figure that is known only as a range."""

from __future__ import annotations

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
