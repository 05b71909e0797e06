"""What was read of releases -> ranges of releases, and JSON that shows what a release changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FACTS = Path(__file__).resolve().parent.parent / "compiler" / "r1c" / "facts"

Ranges = list[list[str | None]]
"""The first and the last release of each range; the last is None where it reaches the newest."""


def ranges(there: set[str], releases: Sequence[str]) -> Ranges:
    """Return releases as ranges over all that were read, oldest first."""
    result: Ranges = []
    for place, release in enumerate(releases):
        if release in there and (place == 0 or releases[place - 1] not in there):
            result.append([release, None])
        if release not in there and place and releases[place - 1] in there:
            result[-1][1] = releases[place - 1]
    return result


def text(facts: Mapping[str, Any]) -> str:
    """Write facts as JSON with one entry a line."""
    parts = []
    for key, value in facts.items():
        if isinstance(value, dict) and value:
            lines = (f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in value.items())
            parts.append(f" {json.dumps(key)}: {{\n" + ",\n".join(lines) + "\n }")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
