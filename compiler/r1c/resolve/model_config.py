"""The bytes of a model's config.json -> its data, or why they cannot be used."""

from __future__ import annotations

import json
from typing import Any

from r1c import surrogates
from r1c.record import record


@record
class Fault:
    """Why a config.json cannot be used, and what to do."""

    message: str
    help: str


def load(path: str, raw: bytes) -> dict[str, Any] | Fault:
    """Read a config.json, or return why the file is not one."""
    try:
        config = json.loads(raw)
    except (ValueError, RecursionError):
        return Fault(f"{path} is not JSON", "give the path of the config.json of the model's repository")
    if not isinstance(config, dict):
        return Fault(
            f"{path} is not a JSON object", "give the path of the config.json of the model's repository"
        )
    half = surrogates.half_in(config)
    if half:
        return Fault(f"{path} has {half}, half of a UTF-16 pair", "remove it")
    return config
