"""A flag or variable of vLLM -> its value, default and deprecation in words, the same in every command."""

from __future__ import annotations

import json
from typing import Any, Literal

from r1c.facts import vllm_changes, vllm_defaults, vllm_history, vllm_startup
from r1c.facts.vllm import Flag

KINDS = {
    "switch": "true, or left out",
    "bool": "true or false",
    "bool-value": "true or false",
    "inverse": "true, or left out",
    "json": "map, which r1c writes as JSON",
    "json-or-str": "map, which r1c writes as JSON, or string",
    "key=value": "map, which r1c writes as key=value",
    "list": "list of {}",
    "value": "{}",
    "optional-value": "true or {}",
}
"""What a profile has for a flag of each kind."""
TYPES = {"int": "integer", "float": "number", "bool": "boolean"}
_VARIABLES = {"int": "integer", "float": "number", "flag": "0 or 1"}
_LEVELS = "level of Python's logging"


def value_of_flag(flag: Flag) -> str:
    """Return what a profile writes as the value of a flag: "integer", "list of string", "true or false"."""
    return KINDS[flag.kind].format(TYPES.get(flag.type or "", "string"))


def value_of_variable(name: str, version: str) -> str:
    """Return what a release reads from a variable: "integer", "one of a, b"."""
    kind = vllm_startup.variable(name, version)
    if kind is None:
        return "string"
    if kind in ("level", "Level"):
        return _LEVELS
    head, equals, listed = kind.partition("=")
    return f"one of {listed.replace(',', ', ')}" if equals else _VARIABLES[head]


def default(kind: Literal["flags", "variables"], name: str, version: str) -> str:
    """Return the default of a flag or variable in a release."""
    found = vllm_defaults.default(kind, name, version)
    if found is None:
        return "not known"
    return "unset, vLLM decides" if found.value is None else _shown(found.value)


def _shown(value: Any) -> str:
    if value == "":
        return "empty"
    return value if isinstance(value, str) else json.dumps(value)


def deprecated(flag: Flag) -> str:
    """Return "yes" for a deprecated flag, with the release that removes it; an empty string for another."""
    if not flag.deprecated:
        return ""
    return f"yes, {flag.leaving}" if flag.leaving else "yes"


def instead(name: str) -> str:
    """Return what replaces a flag; an empty string if nothing does."""
    use, drop = vllm_history.instead(name)
    renamed = vllm_changes.read().renamed.get(name)
    there = f"--{renamed.to}, from {renamed.from_}" if renamed and renamed.to else ""
    better = there or use or ""
    return "; ".join(filter(None, (better, drop if drop and drop not in better else "")))
