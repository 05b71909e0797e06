"""`r1c compile --show-profile`: the profile with what it extends, and where each value comes from."""

from __future__ import annotations

from collections.abc import Sequence

from r1c.commands import inputs
from r1c.commands.annotated_profile import listing
from r1c.commands.console import Console
from r1c.diagnostics.text import as_text
from r1c.source import ordered, read
from r1c.source.extends import compose


def show(console: Console, profiles: Sequence[str]) -> int:
    """Print the merged profiles; return 1 if one cannot be put together."""
    well = True
    for number, path in enumerate(inputs.profiles(profiles)):
        document = read(inputs.shown(path), inputs.read(path))
        found = [document.diagnostic(code, finding) for code, finding in document.findings]
        if document.usable:
            repository = inputs.repository(path)
            defaults = repository.defaults if repository else None
            composed = compose(document, inputs.beside(path), defaults)
            found += composed.diagnostics
            console.result(("---\n" if number else "") + listing(composed.document))
        console.report(as_text(ordered(found), colour=console.colour()))
        well = well and not found
    return 0 if well else 1
