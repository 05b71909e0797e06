"""R1C5xx: the pod's networks and interfaces, and the GPUDirect stack (gpudirect.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from r1c import facts, names
from r1c.check.rule import Rule, rule
from r1c.check.rules import expert_exchange, fabric, gpudirect, interfaces, nccl
from r1c.diagnostics import Finding, Path, Related, Remove, Severity, safe, unsafe
from r1c.diagnostics.suggest import listed
from r1c.facts import Platform
from r1c.resolve.plan import Plan

SUBNETWORKS: Path = ("spec", "network", "subnetworks")
NAMING: Path = ("spec", "network", "naming")


def listed_by_name(plan: Plan) -> bool:
    """Tell whether the profile has a list of networks with an effect."""
    attached = not plan.network.host and not plan.network.by_claim and plan.group.nodes > 1
    return SUBNETWORKS in plan.given and attached


def fits(plan: Plan) -> bool:
    """Tell whether the profile lists one network of the right kind for each interface of the platform."""
    lengths = {len(interfaces) for interfaces in plan.platform.interface_sets}
    return listed_by_name(plan) and len(plan.network.networks) in lengths and not foreign(plan)


def named_on_host(plan: Plan) -> Path | None:
    """Return the path of the pod networks in a profile for the host's network, None if it names none."""
    return _named(plan) if plan.network.host else None


def _named(plan: Plan) -> Path | None:
    """Return the path of the pod networks in a profile, None if it names none."""
    return next((path for path in (SUBNETWORKS, NAMING) if path in plan.given), None)


def foreign(plan: Plan) -> bool:
    """Tell whether the networks are for another GPUDirect stack."""
    return bool(_foreign(plan))


def _foreign(plan: Plan) -> list[str]:
    """Return the networks that are certainly for another GPUDirect stack."""
    other, networks = facts.stack(plan.platform.stack).foreign_networks, plan.network.networks
    if other is None or not any(name.startswith(other.prefix) for name in networks):
        return []
    return [name for name in networks if name.startswith(other.prefix) or name == other.companion]


def interface_sets(platform: Platform) -> str:
    """Say which interfaces the pods of a platform have: 9 interfaces (eth0 and eth2 to eth9) or 10 (...)."""
    sets = [f"{len(members)} ({interfaces.spanned(members)})" for members in platform.interface_sets]
    return listed([sets[0].replace(" ", " interfaces ", 1), *sets[1:]])


def _defaults(plan: Plan) -> str:
    """Say what to write instead of a list of networks."""
    platform = plan.platform
    ways = []
    for naming, networks in platform.namings.items():
        names_ = [name.replace("{cluster}", plan.cluster.name) for name in networks]
        ways.append(f"naming: {naming} ({names_[0]}, {names_[1]} to {names_[-1]})")
    return f"remove subnetworks and write {listed(ways)}"


@rule(
    code="R1C503",
    slug="network-count",
    severity=Severity.ERROR,
    title="Networks do not match the interfaces of the platform",
    why="A GPU interface without a network silently falls back to plain TCP, and one network too many takes "
    "the PCI slot of a GPU's NIC (NVIDIA/aicr#420, #1662; evidence.md, NET001, NET002). The README of "
    "gpu-recipes lists A3 Ultra's ten names for A3 Mega (evidence.md, gke-gpudirect).",
    example="spec:\n  network:\n    subnetworks: [default, vpc1, vpc2]\n",
    fix="List one network for each interface, the pod network first, or remove the list.",
    fields=("spec.network", "spec.platform"),
)
def network_count(plan: Plan) -> Iterator[Finding]:
    """Check len(subnetworks) against the interfaces, and that they are for this platform."""
    networks, platform = plan.network.networks, plan.platform
    if not listed_by_name(plan) or fits(plan):
        return
    wanted = f"the pods of {platform.id} have {interface_sets(platform)}"
    counts = listed(str(len(interfaces)) for interfaces in platform.interface_sets)
    other, alien = facts.stack(platform.stack).foreign_networks, _foreign(plan)
    if other and alien:
        message = f"these {len(networks)} networks are for {other.platforms} ({', '.join(alien)}); {wanted}"
        own = f"for your own networks, list {counts} names, {platform.primary_network} first"
        help_ = f"{_defaults(plan)}; {own}"
    else:
        twice = [name for name, count in Counter(networks).items() if count > 1]
        note = f" ({listed(twice, 'and')} more than once)" if twice else ""
        message = f"subnetworks lists {len(networks)} networks{note}; {wanted}"
        help_ = (
            f"list {counts} names: {platform.primary_network} first, then one for each interface in "
            f"order; or {_defaults(plan)}"
        )
    related = (Related(f"the interfaces of {platform.id}", place=platform.cite("interfaceSets")),)
    yield Finding(SUBNETWORKS, message, help_, related=related)


@rule(
    code="R1C504",
    slug="network-twice",
    severity=Severity.ERROR,
    title="Network listed twice",
    why="Each interface needs its own network: two GPU interfaces cannot share one (evidence.md, NET001: "
    "distinct networks).",
    example="spec:\n  network:\n    subnetworks: [default, vpc1, vpc2, vpc3, vpc4, vpc5, vpc6, vpc7, vpc7]\n",
    fix="Replace the second one with the network of that interface.",
    fields=("spec.network", "spec.platform"),
)
def network_twice(plan: Plan) -> Iterator[Finding]:
    """Check for duplicates in a list of the right length."""
    if not fits(plan):
        return
    networks, interfaces = plan.network.networks, [item.name for item in plan.network.interfaces]
    for index, name in enumerate(networks):
        first = networks.index(name)
        if first < index:
            yield Finding(
                (*SUBNETWORKS, index),
                f"the network {name} is listed for {interfaces[first]} and for {interfaces[index]}",
                f"write the network of {interfaces[index]} here; each interface needs its own",
                related=(Related(f"{name} is listed first here", path=(*SUBNETWORKS, first)),),
            )


@rule(
    code="R1C505",
    slug="pod-network-first",
    severity=Severity.ERROR,
    title="First network is not the pod network",
    why="The first interface has the pod's address, which the Service, Ray and the rendezvous use "
    "(evidence.md, gke-gpudirect: nine names in order, first the primary network).",
    example="spec:\n  network:\n    subnetworks: [vpc1, default, vpc2, vpc3, vpc4, vpc5, vpc6, vpc7, vpc8]\n",
    fix="List the pod network first.",
    fields=("spec.network", "spec.platform"),
)
def pod_network_first(plan: Plan) -> Iterator[Finding]:
    """Check the first name of a list of the right length."""
    networks, platform = plan.network.networks, plan.platform
    if not fits(plan) or networks[0] == platform.primary_network:
        return
    yield Finding(
        (*SUBNETWORKS, 0),
        f"the first network is {networks[0]}, but {platform.interfaces[0]} must be on the pod network, "
        f"{platform.primary_network}",
        f"list {platform.primary_network} first, then the networks of {platform.gpu_interfaces[0]} to "
        f"{platform.gpu_interfaces[-1]} in that order",
        related=(Related(f"the pod network of {platform.id}", place=platform.cite("primaryNetwork")),),
    )


@rule(
    code="R1C506",
    slug="network-name",
    severity=Severity.ERROR,
    title="Invalid name of a Network object",
    why="The annotation names GKE Network objects, which are Kubernetes objects. It does not accept the "
    "name of a VPC or the URL of a subnet (evidence.md, gke-gpudirect).",
    example="spec:\n  network:\n    subnetworks: [default, VPC_1, vpc2, vpc3, vpc4, vpc5, vpc6, vpc7, "
    "vpc8]\n",
    fix="Write the name that `kubectl get networks.networking.gke.io` prints.",
    fields=("spec.network", "spec.platform"),
)
def network_name(plan: Plan) -> Iterator[Finding]:
    """Check each name's form."""
    if not listed_by_name(plan):
        return
    for index, name in enumerate(plan.network.networks):
        if not names.is_dns_subdomain(name):
            yield Finding(
                (*SUBNETWORKS, index),
                f'"{name}" cannot be the name of a GKE Network object',
                "write the object's name: lower-case letters, digits, hyphens and dots; `kubectl get "
                "networks.networking.gke.io` lists those of the cluster",
            )


@rule(
    code="R1C507",
    slug="naming-and-list",
    severity=Severity.ERROR,
    title="Both network.naming and network.subnetworks are given",
    why="Both set the network of each interface, and a reader cannot see which one counts (evidence.md, "
    "GIT018: a key that nothing reads).",
    example="spec:\n  network:\n    naming: vpc\n"
    "    subnetworks: [default, vpc1, vpc2, vpc3, vpc4, vpc5, vpc6, vpc7, vpc8]\n",
    fix="Keep one of the two.",
    fields=("spec.network.naming", "spec.network.subnetworks", "spec.network.mode"),
    edits="unsafe",
)
def naming_and_list(plan: Plan) -> Iterator[Finding]:
    """Check that one of the two is absent."""
    if listed_by_name(plan) and NAMING in plan.given:
        yield Finding(
            NAMING,
            "both network.naming and network.subnetworks are given, and both set the networks",
            "remove naming to use the list, or remove subnetworks to use the naming",
            related=(Related("the list is here", path=SUBNETWORKS),),
            edit=unsafe(Remove(NAMING)),
        )


@rule(
    code="R1C508",
    slug="networks-without-effect",
    severity=Severity.WARNING,
    title="Networks have no effect",
    why="Pods on the host's network use the node's interfaces, pods with claims get their NICs without "
    "Network objects, and a group of one node uses NVLink. r1c writes no networks annotation for them "
    "(evidence.md, gke-gpudirect).",
    example="spec:\n  network:\n    mode: host\n    naming: gpunet\n",
    fix="Remove the networks, or use network.mode: pod.",
    fields=("spec.network", "spec.nodes", "spec.parallelism", "spec.platform", "spec.vllm.args"),
    edits="safe",
)
def networks_without_effect(plan: Plan) -> Iterator[Finding]:
    """Check that the profile names networks only if its pods get them."""
    path = named_on_host(plan)
    if path:
        reason, way_out = "with network.mode: host", f"remove {path[-1]}, or write mode: pod"
    elif plan.network.by_claim and (path := _named(plan)):
        reason, way_out = "with network.mode: dranet", f"remove {path[-1]}, or write mode: pod"
    elif SUBNETWORKS in plan.given and plan.group.nodes == 1:
        path, reason, way_out = SUBNETWORKS, "for a group of one node", "remove subnetworks"
    else:
        return
    edit = safe(Remove(path)) if plan.group.nodes == 1 else None
    yield Finding(path, f"network.{path[-1]} has no effect {reason}", way_out, edit=edit)


@rule(
    code="R1C522",
    slug="rdma-requests-no-effect",
    severity=Severity.WARNING,
    title="rdmaRequests has no effect",
    why="GKE adds requests for the RDMA networks in the pods' interfaces annotation. Other GPUDirect stacks "
    "have no RDMA networks, and a pod on the host's network, with a claim for its NICs or in a group of one "
    "node has no such annotation (facts/gib.yaml, rdmaRequests; llm-d/llm-d#1730).",
    example="spec:\n  platform: a3-mega\n  network:\n    rdmaRequests: zero\n",
    fix="Remove the line.",
    fields=("spec.network", "spec.platform", "spec.nodes", "spec.parallelism", "spec.vllm.args"),
    edits="safe",
)
def rdma_requests_no_effect(plan: Plan) -> Iterator[Finding]:
    """Check that the pods have RDMA networks if the profile turns off requests for them."""
    if not plan.network.without_rdma_requests:
        return
    if not facts.stack(plan.platform.stack).rdma_prefix:
        reason = f"{plan.platform.id} has no RDMA networks"
    elif plan.network.host:
        reason = "pods on the host's network have no RDMA networks"
    elif plan.network.by_claim:
        reason = "with network.mode: dranet the pods claim their NICs"
    elif plan.group.nodes == 1:
        reason = "a group of one node does not use RDMA networks"
    else:
        return
    place = ("spec", "network", "rdmaRequests")
    message = f"rdmaRequests has no effect: {reason}"
    yield Finding(place, message, "remove the line", edit=safe(Remove(place)))


RULES: tuple[Rule, ...] = (
    network_count,
    network_twice,
    pod_network_first,
    network_name,
    naming_and_list,
    networks_without_effect,
    rdma_requests_no_effect,
    *interfaces.RULES,
    *gpudirect.RULES,
    *nccl.RULES,
    *fabric.RULES,
    *expert_exchange.RULES,
)
