"""A profile and two releases -> what the server does differently with the same profile.

These are defaults that the profile relies on, and what vLLM chooses where the profile leaves it open.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from r1c.check import named_settings
from r1c.facts import vllm, vllm_changes, vllm_defaults
from r1c.facts.vllm_changes import Behaviour, Meaning
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.upgrade.at_release import at, engines
from r1c.upgrade.history import Change, Turn, on_the_way

AREA = "default"


def of_defaults(plan: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield the changed defaults of flags and variables that decide how this recipe is served."""
    for kind, meanings in _tables():
        for name, meaning in meanings.items():
            if not _set(plan, name) and _holds(plan, meaning.when, new):
                for turn in _turns(kind, name, old, new):
                    words = " -> ".join(_words(meaning, turn))
                    yield Change(AREA, name, f"default {words} ({meaning.means})", turn.since)


def of_behaviour(plan: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield what vLLM chooses otherwise where the profile leaves it open."""
    for name, behaviour in vllm_changes.read().behaviour.items():
        if not any(_set(plan, flag) for flag in behaviour.unless) and _holds(plan, behaviour.when, new):

            def chosen(release: str, behaviour: Behaviour = behaviour) -> object:
                if behaviour.engine and "v1" not in engines(plan, release):
                    return behaviour.values[0][1]
                return vllm.held(behaviour.values, release)

            for turn in on_the_way(old, new, chosen):
                yield Change(AREA, name, f"{turn.before} -> {turn.after}", turn.since)


def other_defaults(plan: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield the changed defaults that do not decide how this recipe is served."""
    for kind, meanings in _tables():
        for name in vllm_defaults.changing(kind):
            mine = name in meanings and _holds(plan, meanings[name].when, new)
            if not mine and not _set(plan, name):
                for turn in _turns(kind, name, old, new):
                    text = " -> ".join(_shown(turn))
                    yield Change("defaults", name, text, turn.since)


def _tables() -> tuple[tuple[Literal["flags", "variables"], Mapping[str, Meaning]], ...]:
    table = vllm_changes.read()
    return ("flags", table.defaults), ("variables", table.variables)


def _turns(kind: Literal["flags", "variables"], name: str, old: str, new: str) -> list[Turn]:
    """Return where a default changes; null, false and empty ones are the same.

    Nothing is returned if one of them is not known.
    """

    def value(release: str) -> object:
        found = vllm_defaults.default(kind, name, release)
        return None if found is None else _Known(None if _empty(found.value) else found.value)

    found = on_the_way(old, new, value)
    known = all(turn.before is not None and turn.after is not None for turn in found)
    return found if known else []


@record
class _Known:
    """A default that the facts have."""

    value: object


def _empty(value: object) -> bool:
    return value is None or value is False or value in ("", [], {})


def _set(plan: Plan, name: str) -> bool:
    return plan.server.argument(name) is not None or name in plan.server.env or name in plan.server.secrets


def _holds(plan: Plan, when: Mapping[str, Any], release: str) -> bool:
    there = at(plan, release)
    return all(named_settings.holds(there, subject, wanted) for subject, wanted in when.items())


def _words(meaning: Meaning, turn: Turn) -> tuple[str, ...]:
    return tuple(meaning.words.get(text, text) for text in _shown(turn))


def _shown(turn: Turn) -> tuple[str, ...]:
    """Write both defaults; an empty one beside true is false."""
    values = [value.value for value in (turn.before, turn.after) if isinstance(value, _Known)]
    empty = "false" if True in values else "none"
    return tuple(
        empty if value is None else value if isinstance(value, str) else json.dumps(value) for value in values
    )
