"""The nodes: of the machine type, in the region, with the labels, and enough of them free for every group."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from r1c.check.preflight_codes import node_codes
from r1c.diagnostics.suggest import counted
from r1c.names import ACCELERATOR, GPU
from r1c.preflight import requests
from r1c.preflight.objects import Node
from r1c.preflight.obstacles import Fault, obstacle
from r1c.preflight.view import Found, View, named

POOL = "cloud.google.com/gke-nodepool"
TYPE, REGION, ZONE = (
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
)
SSD, METADATA = "cloud.google.com/gke-ephemeral-storage-local-ssd", "iam.gke.io/gke-metadata-server-enabled"
SHARING = (
    "cloud.google.com/gke-gpu-partition-size",
    "cloud.google.com/gke-gpu-sharing-strategy",
    "cloud.google.com/gke-max-shared-clients-per-gpu",
)


def machines(view: View) -> Iterator[Found]:
    """Check that there are nodes with the platform's GPUs, in the profile's region."""
    plan, known = view.plan, view.items(requests.nodes(), Node)
    own = view.machines()
    label = plan.platform.accelerator_label
    if not own:
        others = Counter(node.metadata.labels.get(ACCELERATOR, "") for node in known)
        there = ", ".join(f"{counted(count, 'node')} with {name}" for name, count in sorted(others.items()))
        yield view.found(
            node_codes.NO_MACHINE,
            "spec.platform",
            f"no node has {ACCELERATOR}={label}, the label of {plan.platform.machine_type}; the cluster has "
            f"{there or 'no node with GPUs'}",
            f"create a node pool of {plan.platform.machine_type} ({plan.platform.guide}), or change "
            "spec.platform; a pool that the autoscaler has scaled to 0 has no node to check",
            f"nodes with {ACCELERATOR}={label}",
        )
        return
    elsewhere = {node.metadata.labels.get(REGION, plan.cluster.region) for node in own} - {
        plan.cluster.region
    }
    if elsewhere:
        yield view.found(
            node_codes.REGION,
            "spec.cluster.region",
            f"the nodes are in {named(elsewhere)}, but the profile's cluster is in {plan.cluster.region}",
            f"select the context of {plan.cluster.name} (gcloud container clusters get-credentials "
            f"{plan.cluster.name} --location {plan.cluster.found_at} --project {plan.cluster.project}), or "
            "correct spec.cluster",
            f"nodes in {named(elsewhere)}",
        )
    other = {kind for node in own if (kind := node.metadata.labels.get(TYPE, "")) and not _same(kind, view)}
    if other:
        yield view.found(
            node_codes.MACHINE_TYPE,
            "spec.platform",
            f"nodes with {label} have the machine type {named(other)}, not {plan.platform.machine_type}",
            f"use nodes of the type {plan.platform.machine_type}, or the platform of these nodes",
            f"nodes of the type {named(other)}",
        )


def _same(kind: str, view: View) -> bool:
    machine = view.plan.platform.machine_type
    return kind == machine or kind.startswith(f"{machine}-")


def features(view: View) -> Iterator[Found]:
    """Check the labels that say what a node has: local SSDs, the metadata server, whole GPUs."""
    plan, own = view.plan, view.machines()
    disks = _without(own, SSD)
    if disks and plan.storage.cache_on_node:
        yield view.found(
            node_codes.LOCAL_SSD,
            "spec.storage",
            f"{_part(disks, own)} without {SSD}=true: no local SSDs as ephemeral storage, where the pods put "
            "the model",
            "create the node pool with --ephemeral-storage-local-ssd (the pool of these nodes: "
            f"{_pool(disks)})",
            f"Node {_named(disks)}",
        )
    metadata = _without(own, METADATA)
    if metadata:
        yield view.found(
            node_codes.METADATA_SERVER,
            "spec.storage.bucket",
            f"{_part(metadata, own)} without {METADATA}=true: no GKE metadata server, so pods cannot read "
            "the bucket",
            f"run: gcloud container node-pools update {shlex.quote(_pool(metadata))} "
            f"--workload-metadata=GKE_METADATA --cluster {plan.cluster.name} "
            f"--location {plan.cluster.found_at} --project {plan.cluster.project}",
            f"Node {_named(metadata)}",
        )
    shared = [node for node in own if any(key in node.metadata.labels for key in SHARING)]
    if shared:
        yield view.found(
            node_codes.SHARED_GPUS,
            "spec.platform",
            f"{_part(shared, own)} with GPUs that are partitioned or shared between pods",
            f"use a node pool of {plan.platform.machine_type} without GPU sharing",
            f"Node {_named(shared)}",
        )


def _without(own: Iterable[Node], label: str) -> list[Node]:
    """Return the nodes on which a label is not true."""
    return [node for node in own if node.metadata.labels.get(label) != "true"]


def _part(nodes: Sequence[Node], own: Sequence[Node]) -> str:
    return f"{counted(len(nodes), 'node')} of {len(own)}"


def _named(nodes: Iterable[Node]) -> str:
    return named(node.metadata.name for node in nodes)


def _pool(nodes: Iterable[Node]) -> str:
    """Return a node pool of the nodes, the word POOL where no label names one."""
    return min(node.metadata.labels.get(POOL, "POOL") for node in nodes)


def free(view: View) -> Iterator[Found]:
    """Check that enough nodes are free, and say what keeps the others from being."""
    plan, own = view.plan, view.machines()
    if not own or (plan.provisioning and plan.provisioning.model == "queued"):
        return
    used: dict[str, dict[str, Decimal]] = {node.metadata.name: {} for node in own}
    for pod in view.running():
        if (pod.namespace, pod.group) != (plan.namespace, plan.name):
            on = used.get(pod.node)
            if on is None:
                continue
            for name, value in pod.requests.items():
                on[name] = on.get(name, Decimal(0)) + value
    wanted = view.templates()[0].requests()
    obstacles = {node.metadata.name: obstacle(view, node, wanted, used[node.metadata.name]) for node in own}
    ready = [node for node in own if obstacles[node.metadata.name] is None]
    needed, label = plan.least_nodes, plan.platform.machine_type
    pods_needed = plan.group.nodes * plan.group.replicas
    rooms = sum(_rooms(view, node, used) for node in ready)
    if rooms >= pods_needed:
        yield from _zones(view, ready)
        return
    reasons = Counter(item.reason for item in obstacles.values() if item)
    why = "; ".join(f"{counted(count, 'node')} {reason}" for reason, count in sorted(reasons.items()))
    pool = shlex.quote(_pool(own))
    have = f"{len(ready)} of {len(own)} free"
    if len(ready) >= needed:
        have = f"{have}, with room for {rooms} of {counted(pods_needed, 'pod')}"
    yield view.found(
        node_codes.TOO_FEW_NODES,
        "spec.nodes" if plan.group.replicas == 1 else "spec.replicas",
        f"{counted(needed, 'free node')} of {label} needed, but {have}" + (f": {why}" if why else ""),
        f"free nodes, or add them: gcloud container clusters resize {plan.cluster.name} --node-pool {pool} "
        f"--num-nodes {len(own) + max(1, needed - len(ready))} --location {plan.cluster.found_at} --project "
        f"{plan.cluster.project} (each zone of the pool gets as many); a pool with an autoscaler may add "
        "them",
        f"Node {named(name for name, item in obstacles.items() if item) or _named(own)}",
    )
    alike: dict[str, list[tuple[str, Fault]]] = defaultdict(list)
    for name, item in sorted(obstacles.items()):
        if item and item.fault:
            alike[item.fault.code.id].append((name, item.fault))
    for same in alike.values():
        (name, fault), *others = same
        more = f" (the same on {counted(len(others), 'other node')})" if others else ""
        about = f"Node {named(node for node, _ in same)}"
        yield view.found(fault.code, fault.path, f"{name} {fault.message}{more}", fault.help, about)


def _rooms(view: View, node: Node, used: Mapping[str, Mapping[str, Decimal]]) -> int:
    """Return how many pods of the recipe a free node has GPUs for; one where something keeps them apart."""
    plan = view.plan
    if plan.network.host or plan.scheduling.exclusive_topology is not None:
        return 1
    left = node.has(GPU) - used[node.metadata.name].get(GPU, Decimal(0))
    return int(left // plan.group.gpus_per_pod)


def _zones(view: View, ready: list[Node]) -> Iterator[Found]:
    """Check that a zone has enough free nodes for a whole group."""
    group = view.plan.group
    zones = Counter(zone for node in ready if (zone := node.metadata.labels.get(ZONE)))
    if (
        group.nodes < 2
        or not zones
        or sum(count // group.nodes for count in zones.values()) >= group.replicas
    ):
        return
    spread = ", ".join(f"{count} in {zone}" for zone, count in sorted(zones.items()))
    yield view.found(
        node_codes.ZONES,
        "spec.nodes",
        f"the free nodes are {spread}: not every group of {group.nodes} nodes fits in one zone",
        "use a node pool of one zone; traffic between zones does not use the GPUs' network",
        f"free nodes {named(node.metadata.name for node in ready)}",
    )


def targets(view: View) -> Iterator[Found]:
    """Check that the nodes of scheduling.targetNodes exist."""
    known = {node.metadata.name for node in view.items(requests.nodes(), Node)}
    missing = [name for name in view.plan.scheduling.target_nodes if name not in known]
    if missing:
        yield view.found(
            node_codes.TARGET,
            "spec.scheduling.targetNodes",
            f"the cluster has no node with GPUs named {named(missing)}",
            f"write some of the names that this prints: kubectl get nodes -l {ACCELERATOR}="
            f"{view.plan.platform.accelerator_label}",
            f"Node {named(missing)}",
        )
