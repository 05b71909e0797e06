"""The endpoint picker, and what GKE's Gateways need (facts/gateway.yaml)."""

from __future__ import annotations

from functools import cache

from r1c import facts
from r1c.facts.entry import fill
from r1c.record import named_record


@named_record
class Picker:
    """The picker's image, the KV metric that it reads by default, and what its pod needs."""

    image: str
    kv_cache: str
    cpu: str
    memory: str
    memory_limit: str


@named_record
class Gke:
    """The first version with InferencePool, Google's health checks, and the longest draining in seconds."""

    pool_since: str
    health_checks: tuple[str, ...]
    longest_draining: int


@cache
def picker() -> Picker:
    """Return the picker."""
    return fill(Picker, facts.data("gateway")["picker"])


@cache
def gke() -> Gke:
    """Return what GKE's Gateways need."""
    return fill(Gke, facts.data("gateway")["gke"])
