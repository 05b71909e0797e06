"""The kinds that the config classes of transformers and vLLM demand of the fields of a config.json.

The table (facts/config_kinds.json, written by tools/config_kinds.py) is read when hf-overrides needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from r1c.facts import vllm
from r1c.facts.entry import load


def _data() -> Any:
    return load("config_kinds.json")


@cache
def _by_type() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row, types in _data()["fields"].items():
        field, kinds = row.split(" ", 1)
        for name in types.split(" "):
            found.setdefault(name, {})[field] = tuple(kinds.split("|"))
    return found


def fields(model_type: str, release: str, *, own_code: bool) -> Mapping[str, tuple[str, ...]]:
    """Return a field -> the kinds that it accepts, empty for types and releases without such a check.

    Kinds are int, float, bool, str, null, map, list, list:int and =choice, as strict as in JSON: float is no
    int. `own_code` says that the model's repository reads the config, unless vLLM has a class of its own.
    """
    if not vllm.at_least(release, _data()["from"]):
        return {}
    if own_code and model_type not in _data()["own"].split(" "):
        return {}
    return _by_type().get(model_type, {})
