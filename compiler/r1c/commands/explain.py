"""`r1c explain`: a code or a field in words, or the list of all codes."""

from __future__ import annotations

from r1c.commands import explanation
from r1c.commands.console import Console


def run(console: Console, name: str | None) -> int:
    """Print what `name` means, or all codes with their titles."""
    console.result(explanation.catalogue() if name is None else explanation.text(name))
    return 0
