"""The nodes: of the machine type, in the region, with the labels, and enough of them free for every group."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from r1c.check.preflight_codes import node_codes
from r1c.diagnostics import Code
from r1c.diagnostics.suggest import counted
from r1c.names import ACCELERATOR, GPU
from r1c.preflight import requests
from r1c.preflight.objects import Node, PodSpec, Taint
from r1c.preflight.quantity import shown
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
    own = _own(view, known)
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


def _own(view: View, known: tuple[Node, ...]) -> tuple[Node, ...]:
    label = view.plan.platform.accelerator_label
    return tuple(node for node in known if node.metadata.labels.get(ACCELERATOR) == label)


def features(view: View) -> Iterator[Found]:
    """Check the labels that say what a node has: local SSDs, the metadata server, whole GPUs."""
    plan, cluster, own = view.plan, view.plan.cluster, _own(view, view.items(requests.nodes(), Node))
    for label, code, path, what in (
        (
            SSD,
            node_codes.LOCAL_SSD,
            "spec.storage",
            "no local SSDs as ephemeral storage, where the pods put the model",
        ),
        (
            METADATA,
            node_codes.METADATA_SERVER,
            "spec.storage.bucket",
            "no GKE metadata server, so pods cannot read the bucket",
        ),
    ):
        without = [node for node in own if node.metadata.labels.get(label) != "true"]
        if not without or (label == SSD and not plan.storage.cache_on_node):
            continue
        pool = min(node.metadata.labels.get(POOL, "POOL") for node in without)
        where = f"--cluster {cluster.name} --location {cluster.found_at} --project {cluster.project}"
        help_ = (
            f"create the node pool with --ephemeral-storage-local-ssd (the pool of these nodes: {pool})"
            if label == SSD
            else f"run: gcloud container node-pools update {shlex.quote(pool)} "
            f"--workload-metadata=GKE_METADATA {where}"
        )
        yield view.found(
            code,
            path,
            f"{counted(len(without), 'node')} of {len(own)} without {label}=true: {what}",
            help_,
            f"Node {named(node.metadata.name for node in without)}",
        )
    shared = [node for node in own if any(key in node.metadata.labels for key in SHARING)]
    if shared:
        yield view.found(
            node_codes.SHARED_GPUS,
            "spec.platform",
            f"{counted(len(shared), 'node')} of {len(own)} with GPUs that are partitioned or shared "
            f"between pods",
            f"use a node pool of {plan.platform.machine_type} without GPU sharing",
            f"Node {named(node.metadata.name for node in shared)}",
        )


def free(view: View) -> Iterator[Found]:
    """Check that enough nodes are free, and say what keeps the others from being."""
    plan, known = view.plan, view.items(requests.nodes(), Node)
    own = _own(view, known)
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
    pods = view.templates()
    obstacles = {node.metadata.name: _obstacle(view, node, pods, used[node.metadata.name]) for node in own}
    ready = [node for node in own if obstacles[node.metadata.name] is None]
    needed, label = plan.least_nodes, plan.platform.machine_type
    pods_needed, rooms = (
        plan.group.nodes * plan.group.replicas,
        sum(_rooms(view, node, used) for node in ready),
    )
    if rooms >= pods_needed:
        yield from _zones(view, ready)
        return
    reasons = Counter(item[0] for item in obstacles.values() if item)
    why = "; ".join(f"{counted(count, 'node')} {reason}" for reason, count in sorted(reasons.items()))
    pool = shlex.quote(min(node.metadata.labels.get(POOL, "POOL") for node in own))
    have = f"{len(ready)} of {len(own)} free"
    if len(ready) >= needed:
        have = f"{have}, with room for {rooms} of {counted(pods_needed, 'pod')}"
    yield view.found(
        node_codes.TOO_FEW_NODES,
        "spec.nodes" if plan.group.replicas == 1 else "spec.replicas",
        f"{counted(needed, 'free node')} of {label} needed, but {have}" + (f": {why}" if why else ""),
        f"free nodes, or add them: gcloud container clusters resize {plan.cluster.name} --node-pool {pool} "
        f"--num-nodes {len(own) + max(1, needed - len(ready))} --location {plan.cluster.found_at} --project "
        f"{plan.cluster.project} (each zone of the pool gets as many); a pool with an autoscaler may "
        f"add them",
        f"Node "
        f"{named(name for name, item in obstacles.items() if item) or named(n.metadata.name for n in own)}",
    )
    alike: dict[str, list[str]] = defaultdict(list)
    for name, item in sorted(obstacles.items()):
        if item and item[1]:
            alike[item[1].id].append(name)
    for names in alike.values():
        item = obstacles[names[0]]
        assert item is not None and item[1] is not None  # noqa: S101, PT018  # only such are alike
        more = f" (the same on {counted(len(names) - 1, 'other node')})" if len(names) > 1 else ""
        yield view.found(item[1], item[2], f"{names[0]} {item[3]}{more}", item[4], f"Node {named(names)}")


def _rooms(view: View, node: Node, used: Mapping[str, Mapping[str, Decimal]]) -> int:
    """Return how many pods of the recipe a free node has GPUs for; one where something keeps them apart."""
    plan = view.plan
    if plan.network.host or plan.scheduling.exclusive_topology is not None:
        return 1
    left = node.has(GPU) - used[node.metadata.name].get(GPU, Decimal(0))
    return int(left // plan.group.gpus_per_pod)


Obstacle = tuple[str, Code | None, str, str, str]
"""The reason in the count; its own code, or None; the field; the message; and the help."""


def _obstacle(
    view: View, node: Node, pods: tuple[PodSpec, ...], used: Mapping[str, Decimal]
) -> Obstacle | None:
    """Return what keeps a pod of the recipe off a node, None for a free one."""
    plan, name = view.plan, shlex.quote(node.metadata.name)
    if plan.scheduling.target_nodes and node.metadata.name not in plan.scheduling.target_nodes:
        return "not among spec.scheduling.targetNodes", None, "", "", ""
    if not node.ready:
        help_ = f"read the reason in: kubectl describe node {name}"
        return "not ready", node_codes.NOT_READY, "spec.nodes", "is not ready", help_
    if node.spec.unschedulable:
        help_ = f"run: kubectl uncordon {name}"
        return "cordoned", node_codes.CORDONED, "spec.nodes", "is cordoned: it takes no new pods", help_
    for taint in node.spec.taints:
        if taint.effect in ("NoSchedule", "NoExecute") and not _tolerated(view, taint):
            return (
                "with a taint that the pods do not tolerate",
                node_codes.TAINT,
                "spec.scheduling.tolerations",
                f"has the taint {taint.shown}, which the pods do not tolerate",
                f"write it under scheduling.tolerations, or remove it: kubectl taint node {name} "
                f"{shlex.quote(f'{taint.key}:{taint.effect}-')}",
            )
    for key, value in _selector(view).items():
        has = node.metadata.labels.get(key)
        if has != value:
            return (
                "without a label that the pods select",
                node_codes.LABEL,
                "spec.scheduling.nodeSelector",
                f"has {f'{key}={has}' if has else f'no label {key}'}, but the pods select {key}={value}",
                "correct scheduling.nodeSelector or provisioning, or use nodes with this label",
            )
    wanted = {**pods[0].requests(), GPU: Decimal(plan.group.gpus_per_pod)}
    if node.has(GPU) < wanted[GPU]:
        return (
            "with too few GPUs",
            node_codes.GPUS,
            "spec.platform",
            f"offers {shown(node.has(GPU), GPU)} GPUs to pods, but a pod needs {wanted[GPU]}",
            f"wait for the GPU driver, or read the reason in: kubectl describe node {name}",
        )
    taken = used.get(GPU, Decimal(0))
    if node.has(GPU) - taken < wanted[GPU]:
        return f"with {shown(taken, GPU)} of {shown(node.has(GPU), GPU)} GPUs in use", None, "", "", ""
    for resource in ("cpu", "memory", "ephemeral-storage"):
        rest = node.has(resource) - used.get(resource, Decimal(0))
        if resource in node.status.allocatable and rest < wanted.get(resource, Decimal(0)):
            return (
                f"with too little {resource}",
                node_codes.RESOURCES,
                "spec.platform",
                f"has {shown(rest, resource)} of {resource} left after the requests of its other pods, but a "
                f"pod requests {shown(wanted[resource], resource)}",
                f"move other pods off the node: kubectl get pods -A --field-selector spec.nodeName={name}",
            )
    return None


def _selector(view: View) -> dict[str, str]:
    return {ACCELERATOR: view.plan.platform.accelerator_label, **view.plan.node_selector}


def _tolerated(view: View, taint: Taint) -> bool:
    """Tell whether the pods tolerate a taint, as the scheduler decides; GKE adds the one for GPUs itself."""
    plan = view.plan
    own = plan.provisioning.tolerations if plan.provisioning else ()
    for item in (*plan.scheduling.tolerations, *plan.platform.tolerations, *own):
        key, effect = item.get("key"), item.get("effect")
        if effect and effect != taint.effect:
            continue
        if (key or taint.key) != taint.key:
            continue
        if item.get("operator") == "Exists" or item.get("value", "") == taint.value:
            return True
    return taint.key == GPU


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
