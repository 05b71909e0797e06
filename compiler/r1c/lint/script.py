"""A shell script, or a single `vllm serve` line -> the server that it starts."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.adopt.flags import takes
from r1c.adopt.manifest.shell import server
from r1c.lint.command_line import entry, located
from r1c.lint.server import Found, Number
from r1c.source import Document, Source


def servers(name: str, text: str) -> Iterator[Found]:
    """Yield the server of a script, if it starts one."""
    source = Source(name, text)
    started = server(["sh", "-c", text], [], {}, lambda flag: takes(flag, None), entrypoint=False)
    if started is None:
        return
    whole = (0, len(text))
    place = entry(source, None, _line(text))
    document = Document(source, {}, {(): place}, (), usable=True)
    # Without a flag that joins others, the server is alone on its node.
    command = located(started, source, [whole], place)
    yield Found("command", document, place, command, nodes=Number(1, place))


def _line(text: str) -> tuple[int, int]:
    """Return where the server's command begins: the line that has vLLM in it."""
    start = max(text.find("vllm serve"), text.find("vllm.entrypoints"), 0)
    end = text.find("\n", start)
    return start, len(text) if end < 0 else end
