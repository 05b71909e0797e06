"""The figures that r1c compiles with, as typed, frozen tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from r1c.facts import gpu_memory, gpudirect, model_table, output_defaults, service_limits
from r1c.facts.entry import fill, load
from r1c.facts.model import Architecture
from r1c.record import record


def table(name: str) -> Any:
    """Return a table of facts/tables/ as JSON data; treat it as frozen."""
    return load("tables", f"{name}.json")


def data(name: str) -> Any:
    """Return the facts of a table without its places; treat them as frozen."""
    return table(name)["data"]


@record
class Platform:
    """A GKE machine platform. Memory in GiB as the CUDA runtime reports it, bandwidth in bytes a second.

    `namings` maps a naming to its Network objects in interface order, with {cluster} for the cluster's name.
    `minimum_vllm` is the first release built for the GPUs, None if every known release is.
    `place` is where the figures are: facts file, for a diagnostic that quotes one; `source` and `date` say
    where they are from. `guide` is the page that says how a cluster with such nodes is created.
    """

    id: str
    machine_type: str
    accelerator_label: str
    architecture: str
    gpus_per_node: int
    gpu_model: str
    gpu_memory_gib: float
    gpu_memory_bandwidth: int
    compute_capability: str
    local_ssd_gib: int
    vcpus: int
    host_memory_gb: int
    guide: str
    minimum_gke: str
    minimum_vllm: str | None
    stack: str
    default_release: str
    interface_sets: tuple[tuple[str, ...], ...]
    gpu_interfaces: tuple[str, ...]
    control_interface: str
    primary_network: str
    default_naming: str
    namings: Mapping[str, tuple[str, ...]]
    local_ssd_path: str
    nvidia_path: str
    tolerations: tuple[Mapping[str, str], ...]
    source: str
    date: str
    place: str
    lines: Mapping[str, int]

    @property
    def interfaces(self) -> tuple[str, ...]:
        """The default interfaces of the pod."""
        return self.interface_sets[0]

    def cite(self, key: str) -> str:
        """Return the place of a figure of this platform, as FILE:LINE in r1c's facts."""
        return f"facts/{self.place}:{self.lines[key]}"


def platforms() -> tuple[str, ...]:
    """Return the ids of all platforms."""
    return tuple(table("platforms"))


@cache
def platform(id_: str) -> Platform:
    """Return a platform; raises KeyError for an unknown id."""
    entry = table("platforms")[id_]
    return fill(Platform, entry, minimum_vllm=entry.get("minimumVllm"), place=entry["file"])


@cache
def stack(name: str) -> gpudirect.GpudirectStack:
    """Return a GPUDirect stack by the name that a platform gives; "none" is that of a group of one node."""
    return gpudirect.read(name, data(name))


def releases(name: str) -> tuple[str, ...]:
    """Return the releases of a GPUDirect stack, oldest first."""
    return tuple(stack(name).releases)


def release(name: str, release_: str) -> gpudirect.Release:
    """Return one release of a stack; raises KeyError for an unknown name."""
    return stack(name).releases[release_]


def models() -> tuple[str, ...]:
    """Return every name of a known model: ids, aliases and former names."""
    return tuple(model_table.names())


def architecture(name: str) -> Architecture | None:
    """Return what is known of a model by its Hugging Face id, or None."""
    return model_table.architecture(name)


@cache
def defaults() -> output_defaults.Defaults:
    """Return the versions and planning figures of facts/defaults.yaml."""
    return output_defaults.read(data("defaults"))


@cache
def memory() -> gpu_memory.GpuMemory:
    """Return the figures of facts/memory.yaml and memory_fit.yaml."""
    return gpu_memory.read(data("memory"), data("memory_fit"))


@cache
def limits() -> service_limits.Limits:
    """Return the limits of facts/limits.yaml."""
    return service_limits.read(data("limits"))


def cite(name: str, key: str) -> str:
    """Return the place of a table's entry, by its dotted key, as FILE:LINE in r1c's facts."""
    places = table(name)
    return f"facts/{places['file']}:{places['lines'][key]}"
