"""The benchmark Job's client by vLLM release, from facts/bench_client.yaml.

How it runs without a GPU, what its image needs for that, and how long it may take.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from r1c import facts
from r1c.facts import vllm
from r1c.facts.entry import fill
from r1c.record import record


@record
class Client:
    """How a release runs the serving benchmark.

    `command` starts it, without the flags; `arguments` are flags that only this kind of client needs;
    `packages` are requirements that the release's official image lacks for it.
    """

    kind: Literal["script", "module", "command"]
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    packages: tuple[str, ...]


@cache
def client(release: str) -> Client:
    """Return the client of a sampled release: the newest entry that is not newer than the release."""
    known = facts.data("bench_client")["clients"]
    since = next(first for first in reversed(known) if vllm.at_least(release, first))
    return fill(Client, known[since])


def resources() -> dict[str, str]:
    """Return what the client's container requests: cpu and memory, as Kubernetes quantities."""
    entry = facts.data("bench_client")["resources"]
    return {name: entry[name] for name in ("cpu", "memory")}


@record
class Duration:
    """The planning figures of a run: tokens a second of one request and of all, and seconds."""

    sequence_tokens_per_second: int
    output_tokens_per_second: int
    input_tokens_per_second: int
    overhead_seconds: int
    longest_seconds: int


@cache
def duration() -> Duration:
    """Return the planning figures of a run."""
    return fill(Duration, facts.data("bench_client")["duration"])
