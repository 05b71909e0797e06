"""The versions and planning figures that the output uses (facts/defaults.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.facts.entry import fill
from r1c.record import named_record


@named_record
class ShareGpt:
    """Tokens of a ShareGPT prompt and of an answer."""

    input_len: int
    output_len: int


@named_record
class Startup:
    """How long a start takes: the download's speed, the seconds of the rest, and the factor on both."""

    download_bytes_per_second: int
    overhead_seconds: int
    factor: int


@named_record
class ReadRates:
    """Bytes a second that one node reads: a mounted bucket, a streamed bucket, the volume of a claim."""

    mount_bytes_per_second: int
    stream_bytes_per_second: int
    claim_bytes_per_second: int


@named_record
class ServerRequests:
    """The server's share of what GKE leaves of a node, and its disk beside the checkpoint, in GiB."""

    share: float
    scratch_gib: int


@named_record
class Defaults:
    """The whole file.

    `sidecars` has the requests of the receive daemon, the plugin's installer and the prefetch Job.
    """

    lws: str
    ray: str
    sharegpt: ShareGpt
    startup: Startup
    weights: ReadRates
    server: ServerRequests
    sidecars: Mapping[str, Mapping[str, str]]


def read(data: Mapping[str, Any]) -> Defaults:
    """Return the defaults; raises TypeError or KeyError for one that is missing."""
    requests = data["requests"]
    return Defaults(
        lws=data["lws"]["version"],
        ray=data["ray"]["package"],
        sharegpt=fill(ShareGpt, data["sharegpt"]),
        startup=fill(Startup, data["startup"]),
        weights=fill(ReadRates, data["weights"]),
        server=fill(ServerRequests, requests["server"]),
        sidecars={name: requests[name] for name in ("daemon", "installer", "prefetch")},
    )
