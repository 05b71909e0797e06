"""facts/model_types.yaml: how vLLM's classes build a layer where config.json does not say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.facts.entry import load


def _table() -> Mapping[str, Any]:
    data: Mapping[str, Any] = load("tables", "model_types.json")["data"]
    return data


def of_type(entry: str, model_type: str, key: str = "types") -> bool:
    """Tell whether a model type is in a list of an entry."""
    return model_type in _table()[entry][key]


def unread(model_type: str) -> str | None:
    """Return why a model type is not sized, None for one that is."""
    why = _table()["unread"].get(model_type)
    return why if model_type not in ("source", "date") else None


def unread_fields() -> Mapping[str, str]:
    """Return fields that change a model's memory in a way that r1c does not size yet, and what that is."""
    return {key: why for key, why in _table()["unreadFields"].items() if key not in ("source", "date")}
