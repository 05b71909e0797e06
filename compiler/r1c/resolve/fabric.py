"""The network and gpudirect sections of a profile -> the interfaces and the GPUDirect stack of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from r1c import facts
from r1c.diagnostics import Finding
from r1c.diagnostics.suggest import listed
from r1c.facts import nccl
from r1c.resolve.codes import NAMING, RELEASE, Findings
from r1c.resolve.plan import Gpudirect, Group, Interface

if TYPE_CHECKING:
    from r1c.profile.model import Spec


def networks_of(spec: Spec, platform: facts.Platform, findings: Findings) -> tuple[str, ...]:
    """Return the Network objects in interface order: those listed, else those of the naming."""
    if spec.network.subnetworks is not None:
        return tuple(spec.network.subnetworks)
    naming = spec.network.naming or platform.default_naming
    if naming not in platform.namings:
        message = f"unknown network naming {naming} for {platform.id}"
        help_ = f"write {listed(platform.namings)}, or list the networks under network.subnetworks"
        findings.append((NAMING, Finding(("spec", "network", "naming"), message, help_)))
        naming = platform.default_naming
    return tuple(name.replace("{cluster}", spec.cluster.name) for name in platform.namings[naming])


def interfaces_of(networks: tuple[str, ...], platform: facts.Platform, group: Group) -> tuple[Interface, ...]:
    """Pair the networks with the platform's interfaces; one node has only the pod network."""
    if group.nodes == 1:
        return ()
    fitting = (names for names in platform.interface_sets if len(names) == len(networks))
    pairs = zip(next(fitting, platform.interfaces), networks, strict=False)
    return tuple(Interface(name, network) for name, network in pairs)


def gpudirect_of(spec: Spec, platform: facts.Platform, group: Group, findings: Findings) -> Gpudirect:
    """Return the stack with the settings of its release.

    One node needs none, and ignores what the cluster's installer has put into the driver's folder.
    """
    asked, known = spec.gpudirect, facts.releases(platform.stack)
    usual = nccl.default_release(platform, spec.vllm.version)
    name = asked.release or usual
    if name not in known:
        message = f"unknown GPUDirect release {name} for {platform.id}"
        findings.append((RELEASE, Finding(("spec", "gpudirect", "release"), message, f"use {listed(known)}")))
        name = usual
    if group.nodes == 1:
        none = facts.release("none", "none")
        library = facts.stack("none").host_library
        without = facts.stack(platform.stack).without_driver_plugins
        return Gpudirect(
            "none", "none", none.plugin_image, none.rxdm_image, (), None, True, library, "", without, ""
        )
    release, stack = facts.release(platform.stack, name), facts.stack(platform.stack)
    on_host = asked.use_host_plugin or stack.only_host_plugin
    library = stack.host_library if on_host else stack.library
    return Gpudirect(
        platform.stack,
        name,
        asked.nccl_plugin_image or release.plugin_image,
        asked.rxdm_image or release.rxdm_image,
        release.rxdm_flags,
        str(asked.build_type) if asked.build_type is not None else release.build_type,
        on_host,
        library,
        stack.plugin_directory,
        {name: value.replace("{lib}", library) for name, value in release.environment.items()},
        release.script,
    )
