"""A variable of NCCL -> the releases that read it, what GPUDirect sets it to, and the codes about it."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.codes import CODES
from r1c.commands.entries import page
from r1c.facts import nccl_variables


def find(name: str) -> str | None:
    """Return the page of a variable; None for another name."""
    if name not in nccl_variables.every():
        return None
    about = [
        code
        for code in CODES
        if name in f"{code.why} {code.fix} {code.example}".replace(":", " ").replace(",", " ").split()
    ]
    return page(name, "Environment variable of NCCL", _facts(name), about)


def _facts(name: str) -> Iterator[tuple[str, str]]:
    releases = nccl_variables.releases()
    known = f"r1c knows {releases[0]} to {releases[-1]}"
    spans = nccl_variables.own().get(name)
    if spans is None:
        yield "Read by", "a plugin or the tuner of NCCL, or NCCL by its user guide"
    else:
        words = [_span(first, last, releases[0]) for first, last in spans]
        yield "Read by", f"{', '.join(words)} ({known})"
    for id_ in facts.platforms():
        platform = facts.platform(id_)
        held = {
            release: values[name]
            for release in facts.releases(platform.stack)
            if name in (values := facts.release(platform.stack, release).environment)
        }
        if held:
            last = next(reversed(held))
            yield f"On {id_}", f"r1c sets {held[last]} for several nodes ({platform.stack} {last})"
    yield "In a profile", f"spec.network.nccl.{name}"
    yield "Source", nccl_variables.source(name)


def _span(first: str, last: str | None, oldest: str) -> str:
    if last is None:
        return "every NCCL release" if first == oldest else f"NCCL from {first}"
    return f"NCCL up to {last}" if first == oldest else f"NCCL {first} to {last}"
