"""The limits of the cluster's software and of Google Cloud (facts/limits.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.facts.entry import fill
from r1c.record import named_record

Tiers = tuple[tuple[float | None, float], ...]
"""Up to where a share counts, None without end, and the share."""


@named_record
class Lws:
    """The LeaderWorkerSet releases that the output works with.

    `partition` and `surge_alone` are the first with a rollout's partition, and with a surge that keeps every
    group.
    `kubernetes` maps a release to the oldest Kubernetes version for it and later releases, `tested` to the
    newest version that they were tested on.
    """

    newest: str
    oldest: str
    oldest_native: str
    partition: str
    surge_alone: str
    kubernetes: Mapping[str, str]
    tested: Mapping[str, str]


@named_record
class Kueue:
    """The Kueue releases from which on something holds."""

    oldest: str
    long_names: str
    zero_requests: str


@named_record
class Gke:
    """The GKE versions from which on something works."""

    oldest: str
    host_network_bucket: str
    flex_start: str


@named_record
class FlexStart:
    """Seconds that flex-start VMs run at most, and that queued provisioning asks for at least."""

    longest_run_seconds: int
    least_run_seconds: int


@named_record
class CloudStorage:
    """The first GKE version that caches a bucket by parallel downloads; the first vLLM that streams."""

    parallel_download: str
    streamer: str


@named_record
class GkeSupport:
    """The days on which minor versions of GKE left standard support before `date`, and will leave it next."""

    ended: Mapping[str, str]
    next: Mapping[str, str]
    date: str


@named_record
class NodeReservation:
    """What GKE keeps of a node for itself: of its CPUs, its memory in GiB, and its local SSDs."""

    cpu: Tiers
    memory_gib: Tiers
    eviction_gib: float
    ephemeral_gib: int
    ephemeral_eviction: float


@named_record
class CloudBuild:
    """Machine types, and the limits of a build's disk in GB and of its time in seconds."""

    machine_types: tuple[str, ...]
    disk_size_gb: int
    least_disk_size_gb: int
    timeout_seconds: int
    least_timeout_seconds: int


@named_record
class SharedMemory:
    """What /dev/shm is planned with, in GiB."""

    base_gib: int
    per_gpu_gib: int


@named_record
class GracePeriod:
    """Seconds that a pod gets at most, by who takes its node."""

    autoscaler: int
    node: int


@named_record
class Sweep:
    """Points of a benchmark Job, and bytes of one argument of a process."""

    points: int
    argument_bytes: int


@named_record
class Limits:
    """The whole file.

    `unsupported_platforms` maps a machine to the reason, `drivers` the major release of CUDA to the oldest
    NVIDIA driver for it.
    """

    lws: Lws
    kueue: Kueue
    gke: Gke
    flex_start: FlexStart
    gke_support: GkeSupport
    cloud_storage: CloudStorage
    node_reservation: NodeReservation
    cloud_build: CloudBuild
    shared_memory: SharedMemory
    grace_period: GracePeriod
    sweep: Sweep
    prompts_per_sequence: int
    unsupported_platforms: Mapping[str, str]
    drivers: Mapping[str, int]


def read(data: Mapping[str, Any]) -> Limits:
    """Return the limits; raises TypeError or KeyError for one that is missing."""
    unsupported = data["unsupportedPlatforms"].items()
    return Limits(
        lws=fill(Lws, data["lws"]),
        kueue=fill(Kueue, data["kueue"]),
        gke=fill(Gke, data["gke"]),
        flex_start=fill(FlexStart, data["flexStart"]),
        gke_support=fill(GkeSupport, data["gkeSupport"]),
        cloud_storage=fill(CloudStorage, data["cloudStorage"]),
        node_reservation=fill(NodeReservation, data["nodeReservation"]),
        cloud_build=fill(CloudBuild, data["cloudBuild"]),
        shared_memory=fill(SharedMemory, data["sharedMemory"]),
        grace_period=fill(GracePeriod, data["gracePeriod"]),
        sweep=fill(Sweep, data["sweep"]),
        prompts_per_sequence=data["benchmark"]["promptsPerSequence"],
        unsupported_platforms={name: why for name, why in unsupported if name not in ("source", "date")},
        drivers={name: oldest for name, oldest in data["drivers"].items() if name.isdigit()},
    )
