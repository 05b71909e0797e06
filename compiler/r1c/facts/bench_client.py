"""The benchmark Job's client by vLLM release, from facts/bench_client.yaml.

How it runs without a GPU, what its image needs for that, and how long it may take.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from r1c import facts
from r1c.facts import vllm
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
    known = facts.table("bench_client")["data"]["clients"]
    since = next(first for first in reversed(known) if vllm.at_least(release, first))
    entry = known[since]
    return Client(entry["kind"], *(tuple(entry[name]) for name in ("command", "arguments", "packages")))


def resources() -> dict[str, str]:
    """Return what the client's container requests: cpu and memory, as Kubernetes quantities."""
    entry = facts.table("bench_client")["data"]["resources"]
    return {name: entry[name] for name in ("cpu", "memory")}


def duration() -> Mapping[str, int]:
    """Return the planning figures of a run: tokens a second and seconds, all integers."""
    figures: Mapping[str, Any] = facts.table("bench_client")["data"]["duration"]
    return figures
