"""R1C616 to R1C619, R1C622, R1C634 and R1C667: the nodes that the pods can run on."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import names
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Related, Remove, Severity, unsafe
from r1c.diagnostics.suggest import counted
from r1c.names import ACCELERATOR, HOSTNAME
from r1c.profile.paths import SCHEDULING
from r1c.resolve.plan import Plan

MACHINES = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
ZONES = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone", "topology.gke.io/zone")
REGIONS = ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")


@rule(
    code="R1C616",
    slug="target-nodes-few",
    severity=Severity.ERROR,
    title="Fewer target nodes than the recipe needs",
    why="Every pod takes all GPUs of a node, so the remaining pods stay Pending and the group never forms "
    "(kubernetes-sigs/lws#167; evidence.md, SCH001).",
    example="spec:\n  scheduling:\n    targetNodes: [node-1]\n",
    fix="List a node for each pod, or remove the list.",
    fields=(
        "spec.scheduling.targetNodes",
        "spec.nodes",
        "spec.replicas",
        "spec.parallelism",
        "spec.platform",
        "spec.vllm",
        "spec.network.mode",
        "spec.scheduling.exclusiveTopology",
    ),
)
def target_nodes_few(plan: Plan) -> Iterator[Finding]:
    """Check len(targetNodes) >= nodes x replicas; pods that use part of a node may share one."""
    nodes, group, needed = plan.scheduling.target_nodes, plan.group, plan.least_nodes
    if 0 < len(nodes) < needed and len(set(nodes)) == len(nodes):
        each = f"{group.nodes} nodes" if group.nodes > 1 else f"{group.gpus_per_pod} GPUs"
        groups = f"{counted(group.replicas, 'group')} of {each}"
        yield Finding(
            (*SCHEDULING, "targetNodes"),
            f"targetNodes lists {counted(len(nodes), 'node')}, but {groups} "
            f"need{'s' if group.replicas == 1 else ''} {needed}",
            f"list at least {needed} nodes, or remove targetNodes to use every node of the platform",
        )


@rule(
    code="R1C617",
    slug="target-node-twice",
    severity=Severity.ERROR,
    title="Target node listed twice",
    why="A node runs one pod of the recipe, no matter how often you list it (evidence.md, SCH001).",
    example="spec:\n  scheduling:\n    targetNodes: [node-1, node-2, node-2]\n",
    fix="Remove the second one, or name another node.",
    fields=("spec.scheduling.targetNodes",),
    edits="unsafe",
)
def target_node_twice(plan: Plan) -> Iterator[Finding]:
    """Check for duplicates."""
    places: dict[str, int] = {}
    for index, name in enumerate(plan.scheduling.target_nodes):
        first = places.setdefault(name, index)
        if first < index:
            yield Finding(
                (*SCHEDULING, "targetNodes", index),
                f"the node {name} is listed twice",
                "remove it here, or write another node",
                edit=unsafe(Remove((*SCHEDULING, "targetNodes", index))),
                related=(Related("it is listed first here", path=(*SCHEDULING, "targetNodes", first)),),
            )


@rule(
    code="R1C618",
    slug="topology-one-node",
    severity=Severity.ERROR,
    title="Exclusive topology limits a group to one node",
    why="Exclusive topology puts a whole group into one value of the label, and each pod takes all GPUs of "
    "a node (evidence.md, lws; evidence.md, scheduling).",
    example=f"spec:\n  scheduling:\n    exclusiveTopology: {HOSTNAME}\n",
    fix="Use a label that the nodes of a group share, such as cloud.google.com/gke-nodepool.",
    fields=("spec.scheduling.exclusiveTopology", "spec.nodes", "spec.parallelism", "spec.platform"),
)
def topology_one_node(plan: Plan) -> Iterator[Finding]:
    """Check that a group of several nodes has a wider topology than one node."""
    if plan.scheduling.exclusive_topology == HOSTNAME and plan.group.nodes > 1:
        yield Finding(
            (*SCHEDULING, "exclusiveTopology"),
            f"{HOSTNAME} puts a whole group on one node, but a group has {plan.group.nodes}",
            "write a label that the nodes of a group share: cloud.google.com/gke-nodepool (one pool "
            "per group), or cloud.google.com/gce-topology-block",
        )


@rule(
    code="R1C619",
    slug="node-label",
    severity=Severity.ERROR,
    title="Invalid node label, taint or node name",
    why="The API server refuses the pods, or no node ever matches (evidence.md, gcp-build-and-storage).",
    example="spec:\n  scheduling:\n    nodeSelector:\n      pool name: a3\n",
    fix="Write the label as `kubectl get nodes --show-labels` prints it.",
    fields=(
        "spec.scheduling.nodeSelector",
        "spec.scheduling.exclusiveTopology",
        "spec.scheduling.targetNodes",
        "spec.scheduling.tolerations",
    ),
)
def node_label(plan: Plan) -> Iterator[Finding]:
    """Check nodeSelector, exclusiveTopology, targetNodes, and the taints of tolerations."""
    asked = plan.scheduling
    help_ = "write it as `kubectl get nodes --show-labels` prints it"
    for key, value in asked.node_selector.items():
        path: Path = (*SCHEDULING, "nodeSelector", key)
        if not names.is_label_key(key):
            yield Finding(path, f'"{key}" cannot be the key of a node label', help_, on_key=True)
        elif not names.is_label_value(value):
            yield Finding(path, f'"{value}" cannot be the value of a node label', help_)
    for index, toleration in enumerate(asked.tolerations):
        taint, content = toleration.get("key"), toleration.get("value")
        place: Path = (*SCHEDULING, "tolerations", index)
        help_taint = "write it as `kubectl describe node` prints it under Taints"
        if taint and not names.is_label_key(taint):
            yield Finding((*place, "key"), f'"{taint}" cannot be the key of a taint', help_taint)
        elif content and not names.is_label_value(content):
            yield Finding((*place, "value"), f'"{content}" cannot be the value of a taint', help_taint)
    topology = asked.exclusive_topology
    if topology is not None and not names.is_label_key(topology):
        path = (*SCHEDULING, "exclusiveTopology")
        yield Finding(path, f'"{topology}" cannot be the key of a node label', help_)
    for index, name in enumerate(asked.target_nodes):
        if not (name and names.is_label_value(name)):
            path = (*SCHEDULING, "targetNodes", index)
            yield Finding(
                path, f'"{name}" cannot be the name of a node', "write it as `kubectl get nodes` prints it"
            )


@rule(
    code="R1C622",
    slug="other-accelerator",
    severity=Severity.ERROR,
    title="Node selector for another platform's GPUs",
    why="The GPUDirect stack, the interfaces and the memory figures are those of the platform. On other "
    "nodes the pods stay Pending or start without their network (evidence.md, gke-gpudirect; evidence.md, "
    "SCH005).",
    example=f"spec:\n  scheduling:\n    nodeSelector:\n      {ACCELERATOR}: nvidia-h100-80gb\n",
    fix="Use the platform's labels, or choose the other platform.",
    fields=("spec.scheduling.nodeSelector", "spec.platform"),
)
def other_accelerator(plan: Plan) -> Iterator[Finding]:
    """Check the labels of the accelerator and of the machine type in nodeSelector, if there are any.

    A machine type has variants: a3-ultragpu-8g-nolssd is one of a3-ultragpu-8g.
    """
    asked, platform = plan.scheduling.node_selector.get(ACCELERATOR), plan.platform
    if asked is not None and asked != platform.accelerator_label:
        yield Finding(
            (*SCHEDULING, "nodeSelector", ACCELERATOR),
            f"nodeSelector selects {asked}, but the nodes of {platform.id} have {platform.accelerator_label}",
            f"write {platform.accelerator_label}, or change spec.platform",
            related=(Related(f"the label of {platform.id}", place=platform.cite("acceleratorLabel")),),
        )
    family = f"{platform.machine_type.rpartition('-')[0]}-"
    for label in MACHINES:
        asked = plan.scheduling.node_selector.get(label)
        if asked is not None and not asked.startswith(family):
            yield Finding(
                (*SCHEDULING, "nodeSelector", label),
                f"nodeSelector selects {asked}, but the nodes of {platform.id} are {platform.machine_type}",
                f"write {platform.machine_type}, or change spec.platform",
                related=(Related(f"the machine type of {platform.id}", place=platform.cite("machineType")),),
            )


@rule(
    code="R1C634",
    slug="node-selector-elsewhere",
    severity=Severity.ERROR,
    title="Node selector for another region than the cluster's",
    why="All nodes of a GKE cluster are in its region, so the pods stay Pending.",
    example="spec:\n  scheduling:\n    nodeSelector: {topology.kubernetes.io/zone: europe-west4-b}\n",
    fix="Select a zone of cluster.region, or correct the region.",
    fields=("spec.scheduling.nodeSelector", "spec.cluster.region"),
)
def node_selector_elsewhere(plan: Plan) -> Iterator[Finding]:
    """Check the labels of zone and region in nodeSelector, if there are any."""
    selector, region = plan.scheduling.node_selector, plan.cluster.region
    asked = [
        (label, selector[label], names.region_of_zone(selector[label]))
        for label in ZONES
        if label in selector
    ]
    asked += [(label, selector[label], selector[label]) for label in REGIONS if label in selector]
    for label, place, of in asked:
        if of != region and names.is_region(region):
            zonal = label in ZONES
            what = f"{place} is a zone of {of}" if zonal and of else f"nodeSelector selects {place}"
            yield Finding(
                (*SCHEDULING, "nodeSelector", label),
                f"{what}, but the cluster is in {region}" if of else f"{place} is not a zone",
                f"write {region}" if label in REGIONS else f"write a zone of {region}, or remove the line",
                related=(Related("the region is set here", path=("spec", "cluster", "region")),),
            )


@rule(
    code="R1C667",
    slug="nodes-beyond-limit",
    severity=Severity.ERROR,
    title="More nodes needed than available",
    why="Groups beyond the nodes stay Pending: a rollout with maxSurge waits for them and replaces nothing, "
    "and an autoscaler asks for groups that never start (kubernetes-sigs/lws#167; evidence.md, SCH001).",
    example="spec:\n  scheduling: {maxNodes: 3}\n  replicas: 2\n  benchmark: {prompts: 1280}\n",
    fix="Write fewer groups or a smaller surge, or raise maxNodes when the cluster has more nodes.",
    fields=(
        "spec.scheduling.maxNodes",
        "spec.scheduling.targetNodes",
        "spec.scheduling.exclusiveTopology",
        "spec.nodes",
        "spec.replicas",
        "spec.rollout.maxSurge",
        "spec.scaling.maxReplicas",
        "spec.parallelism",
        "spec.platform",
        "spec.vllm",
        "spec.network.mode",
    ),
)
def nodes_beyond_limit(plan: Plan) -> Iterator[Finding]:
    """Check the groups that may run at the same time against maxNodes and targetNodes."""
    most, asked = plan.most_groups, plan.scheduling
    needed = plan.nodes_of(most)
    parts = f"{most} groups" if most > 1 else "1 group"
    if plan.scaling:
        parts += " (scaling.maxReplicas)"
    if plan.surge:
        parts += f", {plan.surge} of them during a rollout (rollout.maxSurge),"
    if asked.max_nodes is not None and needed > asked.max_nodes:
        yield Finding(
            (*SCHEDULING, "maxNodes"),
            f"{parts} {'needs' if most == 1 else 'need'} {needed} nodes, but maxNodes is {asked.max_nodes}",
            f"write {needed} or more if the cluster has them, or fewer groups",
        )
    targets = len(set(asked.target_nodes))
    if targets and plan.least_nodes <= targets < needed:
        yield Finding(
            (*SCHEDULING, "targetNodes"),
            f"{parts} need {needed} nodes, but targetNodes lists {targets}",
            f"list {needed} nodes, or write fewer groups",
        )


RULES: tuple[Rule, ...] = (
    target_nodes_few,
    target_node_twice,
    topology_one_node,
    node_label,
    other_accelerator,
    node_selector_elsewhere,
    nodes_beyond_limit,
)
