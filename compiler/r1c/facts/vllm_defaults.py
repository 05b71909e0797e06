"""The defaults of flags and variables by vLLM release.

From facts/vllm_defaults.json, which tools/read_release.py writes. A default that vLLM chooses when it starts
is null there; facts/vllm_changes.yaml says what it then does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from r1c.facts import vllm
from r1c.facts.entry import load
from r1c.record import record

Kind = Literal["flags", "variables"]

_UNKNOWN = "?"


def _data() -> Any:
    return load("vllm_defaults.json")


@record
class Default:
    """The default of a flag (JSON data) or a variable (text); None if vLLM chooses when it starts."""

    value: Any


def default(kind: Kind, name: str, version: str) -> Default | None:
    """Return a default in a sampled release, None where the release lacks the name or computes it.

    Flags are named without dashes.
    """
    value = vllm.held(_data()[kind].get(_key(kind, name), ()), version, _UNKNOWN)
    return None if value == _UNKNOWN else Default(value)


def changing(kind: Kind) -> Iterator[str]:
    """Yield the flags (without dashes) or variables whose default is another one in some release."""
    for name, pairs in _data()[kind].items():
        if len(pairs) > 1:
            yield name.removeprefix("--")


def _key(kind: Kind, name: str) -> str:
    return f"--{name}" if kind == "flags" else name
