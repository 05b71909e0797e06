"""A profile -> its Plan, for tests that need no more of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from r1c import resolve, source
from r1c.profile import parse
from r1c.resolve.plan import Plan

REPO = Path(__file__).resolve().parent.parent


def plan(raw: bytes) -> Plan:
    """Return the plan of a profile's bytes."""
    document = source.read("profile.yaml", raw)
    parsed = parse.parse(document)
    return resolve.resolve(parsed.recipe, document.data, parsed.doubtful).plan


def base(**spec: Any) -> Plan:
    """Return the plan of tests/base.yaml with other values in spec."""
    document = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    return plan(yaml.safe_dump(document | {"spec": document["spec"] | spec}).encode())
