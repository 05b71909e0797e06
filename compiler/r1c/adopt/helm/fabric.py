"""Values -> the network mode, the networks and the GPUDirect release of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c import facts
from r1c.adopt import images
from r1c.adopt.helm.values import Values
from r1c.adopt.networks import networks
from r1c.adopt.profile_draft import Draft, at, given, join
from r1c.facts import nccl

MEGA = "a3-mega"
"""The platform whose charts put the pods on the node's network, and read no networks."""


def fabric(values: Values, draft: Draft, nodes: int) -> Draft:
    """Return the network mode, the networks and the GPUDirect release."""
    platform = str(draft.fields[at("spec.platform")])
    host = platform == MEGA or values.get("network", "hostNetwork") is True
    parts = [_mode(platform, nodes)] if host else []
    names = values.get("network", "subnetworks")
    if isinstance(names, list) and names:
        texts, cluster = [str(name) for name in names], draft.fields.get(at("spec.cluster.name"))
        if nodes > 1:
            parts.append(networks(texts, platform, cluster, ("network", "subnetworks")))
        else:
            reason = "the pod of a one-node group uses only the pod network"
            parts.append(Draft(dropped=((f"network.subnetworks ({', '.join(texts)})", reason),)))
    if platform in facts.platforms():
        version = str(draft.fields.get(at("spec.vllm.version")))
        usual = nccl.default_release(facts.platform(platform), version)
        parts.append(_gpudirect(values, platform, usual, nodes))
    return join(*parts)


def _mode(platform: str, nodes: int) -> Draft:
    if platform != MEGA:
        comment = "from network.hostNetwork: the pods are privileged; `mode: pod` needs no privilege"
        return Draft({at("spec.network.mode"): "host"}, {at("spec.network.mode"): comment})
    pods = "each NIC is an interface of the pod" if nodes > 1 else "a pod has its own network"
    remark = f"The chart puts privileged pods on the node's network. Here {pods}, without privilege; "
    return Draft(remarks=((at("spec.network.mode"), remark + "`mode: host` does what the chart does."),))


def _gpudirect(values: Values, platform: str, usual: str, nodes: int) -> Draft:
    stack = facts.platform(platform).stack
    section = values.get("gpuPlatformSettings")
    own: Mapping[str, Any] = section if isinstance(section, dict) else {}
    mega = "gpuPlatformSettings"
    plugin = values.text(mega, "ncclPluginImage") or values.text("network", "gibVersion")
    build = values.get(mega, "ncclBuildType")
    build = str(build) if isinstance(build, str | int) and not isinstance(build, bool) else None
    draft = images.gpudirect(stack, plugin, values.text(mega, "rxdmImage"))
    name = draft.fields.get(at("spec.gpudirect.release"), usual)
    release = facts.release(stack, name)
    if build is not None and release.build_type is None:
        draft = join(
            draft, Draft(dropped=((f"ncclBuildType ({build})", f"plugin {name} has no build type"),))
        )
    elif build is not None and build != release.build_type:
        draft = join(draft, given({"spec.gpudirect.buildType": build}))
    if own.get("useHostPlugin") is True:
        draft = join(draft, given({"spec.gpudirect.useHostPlugin": True}))
    if nodes > 1:
        return draft
    reason = "one node does not need GPUDirect: its GPUs use NVLink"
    kept = [
        f"gpuPlatformSettings.{key}" for key, value in own.items() if value is not None and value is not False
    ]
    kept = kept or ["network.gibVersion"] if plugin else kept
    return Draft(dropped=((", ".join(kept), reason),) if kept else ())
