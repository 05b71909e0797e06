"""`r1c explain`: a code or a field in words, or the list of all codes."""

from __future__ import annotations

from r1c import explain
from r1c.console import Console


def run(console: Console, name: str | None) -> int:
    """Print what `name` means, or all codes with their titles."""
    console.result(explain.catalogue() if name is None else explain.text(name))
    return 0
