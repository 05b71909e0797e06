"""The networks of a pod's interfaces, in order -> the profile's naming, or its list of subnetworks."""

from __future__ import annotations

from collections.abc import Sequence

from r1c import facts
from r1c.adopt.codes import NETWORKS
from r1c.adopt.profile_draft import Draft, at, given
from r1c.diagnostics import Finding, Path
from r1c.diagnostics.suggest import listed


def networks(names: Sequence[str], platform: str, cluster: str | None, path: Path) -> Draft:
    """Return the naming that gives these networks, else the list; a list of no fitting length is left out.

    Without the cluster's name, names that begin with it are known by their end.
    """
    if platform not in facts.platforms():
        return given({"spec.network.subnetworks": list(names)})
    machine = facts.platform(platform)
    for naming, pattern in machine.namings.items():
        prefix = cluster or _prefix(names, pattern)
        if list(names) == [name.replace("{cluster}", prefix) for name in pattern]:
            named = prefix if "{cluster}" in "".join(pattern) else None
            return given({"spec.network.naming": naming, "spec.cluster.name": named})
    lengths = sorted(len(interfaces) for interfaces in machine.interface_sets)
    if len(names) in lengths:
        return given({"spec.network.subnetworks": list(names)})
    message = f"{len(names)} networks are listed; {platform} has {listed(map(str, lengths))} interfaces"
    help_ = (
        "list one network for each interface under network.subnetworks of the profile, the pod network first"
    )
    naming = machine.default_naming
    remark = f"The source lists {len(names)} networks: {', '.join(names)}. r1c left them out: {platform} has "
    remark += f"{listed(map(str, lengths))} interfaces. Without `subnetworks`, the naming is {naming}."
    return Draft(
        remarks=((at("spec.network.naming"), remark),),
        findings=((NETWORKS, Finding(path, message, help_)),),
    )


def _prefix(names: Sequence[str], pattern: Sequence[str]) -> str:
    """Return the value of {cluster} in the first name that has it."""
    for name, known in zip(names, pattern, strict=False):
        before, found, after = known.partition("{cluster}")
        if found and name.startswith(before) and name.endswith(after):
            return name[len(before) : len(name) - len(after)]
    return ""
