"""A shell script, or a single `vllm serve` line -> the servers that it starts."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.adopt.server import servers
from r1c.lint.command_line import entry, located, variables
from r1c.lint.server import Found, Number
from r1c.shell.run import run_text
from r1c.shell.script import Place, Text
from r1c.source import Document, Entry, Source


def started(name: str, text: str) -> Iterator[Found]:
    """Yield the servers of a script; raises UserError where tree-sitter is missing."""
    if "vllm" not in text:
        return
    source = Source(name, text)

    def locate(place: Place) -> Entry | None:
        return entry(source, None, (place.start, place.end)) if place.end else None

    script = run_text(Text(text), {})
    for server in servers(script, None):
        whole = entry(source, None, (0, len(text)))
        document = Document(source, {}, {(): whole}, (), usable=True)
        command = located(server, script, locate, whole)
        known = variables(server, script, {}, locate, whole=True)
        # Without a flag that joins others, the server is alone on its node.
        yield Found("command", document, command.at, command, variables=known, nodes=Number(1, command.at))
