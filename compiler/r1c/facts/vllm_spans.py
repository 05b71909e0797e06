"""A value of each sampled vLLM release -> the spans of releases in which it stays the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TypeVar

from r1c.facts import vllm
from r1c.record import record

Value = TypeVar("Value")


@record
class Span:
    """A first and a last sampled release, both included."""

    first: str
    last: str

    @property
    def words(self) -> str:
        """Say which releases these are, at the end of a phrase; empty for all that r1c knows."""
        return self.within(Span(vllm.versions()[0], vllm.versions()[-1]))

    def within(self, whole: Span) -> str:
        """Say which releases of a longer span these are; empty for all of them."""
        if self.first == whole.first:
            return "" if self.last == whole.last else f"up to {self.last}"
        if self.last == whole.last:
            return f"from {self.first}"
        return f"in {self.first}" if self.first == self.last else f"{self.first} to {self.last}"


def spans(read: Callable[[str], Value]) -> Iterator[tuple[Value, Span]]:
    """Yield each value that `read` returns for consecutive releases, oldest first."""
    for value, group in groupby(vllm.versions(), read):
        same = list(group)
        yield value, Span(same[0], same[-1])


def having(has: Callable[[str], bool]) -> list[Span]:
    """Return the spans of the releases for which `has` is true."""
    return [span for there, span in spans(has) if there]
