"""`r1c krm`: the KRM function that kustomize and kpt call, ResourceList in and ResourceList out."""

from __future__ import annotations

from r1c.commands import inputs
from r1c.commands.console import Console
from r1c.diagnostics.text import as_text
from r1c.krm import function, resource_list

LARGEST = 8 << 20
"""Bytes of a ResourceList. YAML takes up to 300 times its size in memory while it is read."""


def run(console: Console) -> int:
    """Answer the ResourceList on standard input; return 1 if a recipe is refused."""
    answer = function.answer(resource_list.read(inputs.whole(inputs.STDIN, LARGEST)))
    console.report(as_text(answer.diagnostics, colour=console.colour()))
    console.result(answer.text)
    return 1 if answer.refused else 0
