"""What changes between vLLM releases without an error (facts/vllm_changes.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from r1c import facts
from r1c.facts.entry import fill_each
from r1c.record import field, record


@record
class Rename:
    """What says the same as a flag from a release on.

    `to` is the flag, or the key of a JSON flag, that takes over the value; without it, `write` has flags with
    values for a value of true. `needs` is a flag without which the old one cannot go.
    """

    from_: str
    to: str | None = None
    write: Mapping[str, Any] = field(default_factory=dict)
    needs: str | None = None


@record
class Implied:
    """The value of a flag by which releases without it work, and why."""

    value: Any
    why: str


@record
class Behaviour:
    """What servers do where a profile leaves it open, as [release, words] pairs.

    It is not open if the profile has one of `unless`, and concerns recipes for which `when` holds
    (check/named_settings.py). With `engine`, the first of the values holds on the other one.
    """

    unless: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    when: Mapping[str, Any] = field(default_factory=dict)
    engine: Literal["V1", ""] = ""


@record
class Meaning:
    """What a default decides, for recipes for which `when` holds; `words` say what single values mean."""

    means: str
    when: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


@record
class Changes:
    """The whole file, each table by the name of a flag, of a variable or of what a server does."""

    renamed: Mapping[str, Rename]
    renamed_variables: Mapping[str, Rename]
    implied_before: Mapping[str, Implied]
    behaviour: Mapping[str, Behaviour]
    defaults: Mapping[str, Meaning]
    variables: Mapping[str, Meaning]


@cache
def read() -> Changes:
    """Return the table."""
    data = facts.data("vllm_changes")
    return Changes(
        _renames(data["renamed"]),
        _renames(data["renamedVariables"]),
        fill_each(Implied, data["impliedBefore"]),
        fill_each(Behaviour, data["behaviour"]),
        fill_each(Meaning, data["defaults"]),
        fill_each(Meaning, data["variables"]),
    )


def _renames(data: Mapping[str, Any]) -> dict[str, Rename]:
    return {
        name: Rename(entry["from"], entry.get("to"), entry.get("write", {}), entry.get("needs"))
        for name, entry in data.items()
    }
