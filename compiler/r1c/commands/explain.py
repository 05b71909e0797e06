"""`r1c explain`: a code, a field or something else that r1c knows in words, or the list of all codes."""

from __future__ import annotations

from r1c.commands import explain_text
from r1c.commands.console import Console


def run(console: Console, name: str | None) -> int:
    """Print what `name` means, or all codes with their titles."""
    console.result(explain_text.catalogue() if name is None else explain_text.text(name))
    return 0
