"""A known platform or vLLM release -> what r1c knows of it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c import facts
from r1c.commands.entries import entries
from r1c.diagnostics.suggest import listed
from r1c.facts import Platform, google_cloud, vllm, vllm_releases
from r1c.facts.gpudirect import GpudirectStack


def page(id_: str) -> str:
    """Return all that r1c knows of a platform."""
    platform = facts.platform(id_)
    head = f"{platform.machine_type}: {platform.gpus_per_node} x {platform.gpu_model} on a node"
    return "\n".join([id_, head, "", *entries(_facts(platform))]) + "\n"


def _facts(platform: Platform) -> Iterator[tuple[str, str]]:
    stack, limits = facts.stack(platform.stack), facts.limits()
    speed = platform.gpu_memory_bandwidth // 10**9
    yield "GPU memory", f"{platform.gpu_memory_gib} GiB as CUDA reports it, {speed:,} GB/s"
    yield "Capability", platform.compute_capability
    memory, disk = f"{platform.host_memory_gb:,} GB of memory", f"{platform.local_ssd_gib:,} GiB of local SSD"
    yield "Host", f"{platform.vcpus} vCPUs, {memory}, {disk}"
    yield "NICs", nics(platform)
    for naming, networks in platform.namings.items():
        default = " (the default naming)" if naming == platform.default_naming else ""
        yield "Networks", f"{naming}{default}: {', '.join(networks)}"
    yield "GPUDirect", f"{platform.stack}; releases {', '.join(facts.releases(platform.stack))}"
    yield "GKE", f"{platform.minimum_gke} or newer"
    yield from (("", text) for text in _gke(stack))
    yield "Driver", ", ".join(f"{least} or newer for CUDA {cuda}" for cuda, least in limits.drivers.items())
    yield "vLLM", f"{since(platform)} or newer"
    yield "Zones", _zones(platform)
    yield "Accelerator", platform.accelerator_label
    yield "Guide", platform.guide
    yield "Source", f"{platform.source}; read on {platform.date}"


def nics(platform: Platform) -> str:
    """Write the interfaces of a pod by what they carry."""
    gpus = platform.gpu_interfaces
    return f"{platform.control_interface} for the pod, {len(gpus)} for the GPUs ({gpus[0]} to {gpus[-1]})"


def since(platform: Platform) -> str:
    """Return the oldest known release with kernels for a platform's GPUs."""
    return platform.minimum_vllm or vllm.versions()[0]


def _gke(stack: GpudirectStack) -> Iterator[str]:
    """Say which GKE versions a GPUDirect release needs, where its source says."""
    for release, patches in stack.gke.items():
        each = listed((f"{patch} or newer on {minor}" for minor, patch in patches.items()), "and")
        yield f"{stack.name} {release} needs {each}"


def _zones(platform: Platform) -> str:
    cloud = google_cloud.read()
    found = cloud.machines.get(platform.machine_type, ())
    regions = {region: letters(found, region) for region in cloud.regions}
    each = ", ".join(f"{region} ({zones})" for region, zones in regions.items() if zones)
    return f"{each}; as of {cloud.machines_date}" if each else ""


def letters(zones: Sequence[str], region: str) -> str:
    """Return the letters of those zones that are in a region: a b c."""
    return " ".join(zone.rpartition("-")[2] for zone in zones if zone.rpartition("-")[0] == region)


def release_page(version: str) -> str:
    """Return what r1c knows of a vLLM release, by its tag."""
    return "\n".join([f"vLLM {version}", "", *entries(_release(version))]) + "\n"


def _release(version: str) -> Iterator[tuple[str, str]]:
    under = vllm_releases.stack(version)
    assert under is not None  # noqa: S101  # the caller has a published release
    yield "Released", under.date
    yield "Libraries", f"torch {under.torch}, CUDA {under.cuda}, NCCL {under.nccl}"
    yield "Driver", f"{driver(under.cuda)} or newer"
    sampled = vllm.sampled(version)
    checked = f"{sampled}, whose flags, variables and defaults r1c has" if sampled else "not checked: too old"
    yield "Checked as", checked


def driver(cuda: str) -> str:
    """Return the oldest NVIDIA driver for a CUDA version."""
    return str(facts.limits().drivers.get(cuda.partition(".")[0], "unknown"))
