"""The facts of a GPUDirect stack: its releases, and the paths of its plugin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.facts.entry import fill
from r1c.record import field, named_record, record


@record
class GuestConfig:
    """What a plugin checks in the environment.

    It refuses any value other than a required one, and warns of any value other than an expected one, and of
    an unexpected variable.
    """

    required: Mapping[str, str]
    expected: Mapping[str, str]
    unexpected: tuple[str, ...]


@record
class Release:
    """A released pair of NCCL plugin and receive daemon, and the NCCL environment that goes with it.

    `environment` has {lib} where the plugin's library directory in the workload container belongs; `family`
    names that set. `rxdm_tags` are the daemon's tags that were released with the plugin; a stack without a
    daemon has no tag and no image. `script` is the file that sets the rest of the environment, if there is
    one. `checked` is what the plugin checks, where known. `qualified` is the oldest and the newest NCCL that
    the plugin is qualified for, and `cuda` the major release of the runtime that it opens, where stated.
    """

    name: str
    family: str
    rxdm_tags: tuple[str, ...]
    plugin_image: str
    rxdm_image: str
    rxdm_flags: tuple[str, ...]
    build_type: str | None
    environment: Mapping[str, str]
    script: str
    checked: GuestConfig | None
    qualified: tuple[str, str] | None
    cuda: int | None


@record
class ForeignNetworks:
    """The networks of another stack.

    How their names begin, the network that belongs to them, and the platforms that have them.
    """

    prefix: str
    companion: str
    platforms: str


@record
class DaemonSet:
    """A DaemonSet of kube-system that a cluster must run for the stack, and the URL of its manifest."""

    name: str
    manifest: str


@named_record
class GpudirectStack:
    """A GPUDirect stack.

    A pod installs the plugin into `plugin_directory` and finds its library in `library`; the plugin that the
    cluster puts on the node is at `host_plugin` there, and its library in `host_library` of the container.
    `without_driver_plugins` are the variables that keep NCCL from loading the plugins which the `installer`
    puts into the driver's folder. `rdma_prefix` begins the name of a resource that GKE requests for each RDMA
    network. `gke` maps a release to the patch version of each GKE minor version that it needs. `defaults` are
    the releases for a recipe that names none, oldest first.
    """

    name: str
    releases: Mapping[str, Release]
    plugin_directory: str = ""
    library: str = ""
    host_library: str
    host_plugin: str = ""
    only_host_plugin: bool = False
    devices: tuple[str, ...] = ()
    foreign_networks: ForeignNetworks | None
    installer: DaemonSet | None
    injector: DaemonSet | None
    without_driver_plugins: Mapping[str, str]
    rdma_prefix: str
    gke: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: tuple[str, ...] = ()


def read(name: str, data: Mapping[str, Any]) -> GpudirectStack:
    """Return a stack's facts file; raises TypeError or KeyError for what each must have."""
    other = data.get("foreignNetworks")
    return fill(
        GpudirectStack,
        data,
        name=name,
        releases={release: _release(release, entry, data) for release, entry in data["releases"].items()},
        foreign_networks=fill(ForeignNetworks, other, companion=other["with"]) if other else None,
        installer=_daemon_set(data.get("installer")),
        injector=_daemon_set(data.get("injector")),
        without_driver_plugins=data.get("inDriverFolder", {}).get("without", {}),
        rdma_prefix=data.get("rdmaRequests", {}).get("prefix", ""),
    )


def _daemon_set(entry: Mapping[str, str] | None) -> DaemonSet | None:
    return DaemonSet(entry["daemonSet"], entry["manifest"]) if entry else None


def _release(name: str, entry: Mapping[str, Any], data: Mapping[str, Any]) -> Release:
    family = entry.get("family", "")
    checked = data.get("checked", {}).get(family)
    limits = entry.get("qualified")
    return Release(
        name,
        family,
        tuple(entry.get("rxdm", ())),
        f"{data['pluginImage']}:{name}",
        f"{data['rxdmImage']}:{entry['rxdm'][0]}" if "rxdm" in entry else "",
        tuple(entry.get("flags", ())),
        data["defaultBuildType"] if entry.get("buildType") else None,
        data["common"] | data.get("families", {}).get(family, {}) | data.get("additions", {}),
        data.get("script", ""),
        fill(GuestConfig, checked) if checked else None,
        (limits[0], limits[1]) if limits else None,
        entry.get("cuda"),
    )
