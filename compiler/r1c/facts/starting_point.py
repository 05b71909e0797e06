"""Where a new profile starts: its release, its context length, what a model needs (facts/starters.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from r1c import facts
from r1c.facts.entry import fill
from r1c.record import field, named_record


@named_record
class Needs:
    """The flags that a model needs."""

    args: Mapping[str, Any] = field(default_factory=dict)


@named_record
class StartingPoint:
    """The release of a new profile, and its context length in tokens."""

    release: str
    max_model_len: int


@cache
def read() -> StartingPoint:
    """Return where every new profile starts."""
    data = facts.data("starters")
    return StartingPoint(release=data["release"]["vllm"], max_model_len=data["maxModelLen"]["tokens"])


def needs(model: str) -> Needs:
    """Return what a model needs by its id, for most of them nothing."""
    return fill(Needs, facts.data("starters")["models"].get(model, {}))
