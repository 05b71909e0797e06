"""Two releases -> the steps between them, and where on the way something changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from r1c.facts import vllm
from r1c.record import record

Value = TypeVar("Value")


@record
class Change:
    """One change of a step: what it is about, what it does, and the release that made it.

    `area` is the part of the report; `since` is the release that made the change, also if the step goes back
    past it, and empty if no release did.
    """

    area: str
    subject: str
    text: str
    since: str = ""


@record
class Turn:
    """A place at which something changes: what it was, what it is then, and the release that made it."""

    before: object
    after: object
    since: str


def turns(order: Sequence[str], old: str, new: str, of: Callable[[str], object]) -> list[Turn]:
    """Return where something changes on the way from one release of an order to another.

    Empty if it is the same at both ends. On the way back `since` is the release that had made the change.
    """
    start, end = order.index(old), order.index(new)
    way = order[start : end + 1] if start <= end else list(reversed(order[end : start + 1]))
    values = [of(release) for release in way]
    if _same(values[0], values[-1]):
        return []
    found = []
    for place in range(1, len(way)):
        if not _same(values[place - 1], values[place]):
            since = way[place] if start <= end else way[place - 1]
            found.append(Turn(values[place - 1], values[place], since))
    return found


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def on_the_way(old: str, new: str, of: Callable[[str], object]) -> list[Turn]:
    """Return where something changes on the way between two sampled vLLM releases."""
    return turns(vllm.versions(), old, new, of)


def goes_back(old: str, new: str) -> bool:
    """Tell whether a step goes to an older release."""
    return (vllm.key(new) or ()) < (vllm.key(old) or ())
