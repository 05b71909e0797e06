"""How an entry of facts/models/ is written: one field a line, those of the config.json too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

FIELDS = (
    "aliases",
    "formerNames",
    "since",
    "unsized",
    "config",
    "multimodal",
    "visionBytes",
    "remoteCode",
    "checkpointWeightDtype",
    "totalParams",
    "checkpointBytes",
    "gated",
    "source",
    "date",
    "unverified",
    "doubtful",
)
"""The keys of an entry, in the order in which they are written."""


def written(entry: Mapping[str, Any]) -> str:
    """Return the text of an entry's file. Raises KeyError for a key that an entry does not have."""
    unknown = sorted(set(entry) - set(FIELDS))
    if unknown:
        raise KeyError(unknown[0])
    lines = []
    for key in FIELDS:
        if key not in entry:
            continue
        value = entry[key]
        if key == "config":
            inner = ",\n".join(f"  {_text(name)}: {_text(item)}" for name, item in value.items())
            lines.append(f' "config": {{\n{inner}\n }}')
        else:
            lines.append(f" {_text(key)}: {_text(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
