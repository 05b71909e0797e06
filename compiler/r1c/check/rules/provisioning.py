"""R1C644 to R1C649: where the nodes come from."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts, names
from r1c.check.rule import Rule, rule
from r1c.check.rules.cluster import version
from r1c.diagnostics import Finding, Path, Related, Severity
from r1c.names import HOSTNAME
from r1c.resolve.plan import Plan

SECTION: Path = ("spec", "provisioning")


@rule(
    code="R1C644",
    slug="provisioning-fields",
    severity=Severity.ERROR,
    title="Provisioning fields that do not go together",
    why="A reservation belongs to model: reservation, and only a queued request for nodes has a time limit "
    "of its own (GKE documentation, consuming reservations; Kueue documentation, ProvisioningRequest).",
    example="spec:\n  provisioning: {model: reservation}\n",
    fix="Add the field that the message names, or remove the one that has no effect.",
    fields=("spec.provisioning",),
)
def provisioning_fields(plan: Plan) -> Iterator[Finding]:
    """Check reservation and maxRunSeconds against the model."""
    asked = plan.provisioning
    if asked is None:
        return
    if asked.model == "reservation" and asked.reservation is None:
        yield Finding(
            (*SECTION, "model"),
            "model: reservation needs the name of the reservation",
            "add reservation: {name: NAME}, as `gcloud compute reservations list` prints it",
        )
    if asked.model != "reservation" and asked.reservation is not None:
        yield Finding(
            (*SECTION, "reservation"),
            f"reservation has no effect with model: {asked.model}",
            "write model: reservation, or remove reservation",
        )
    if asked.reservation and asked.reservation.subblock and not asked.reservation.block:
        yield Finding(
            (*SECTION, "reservation", "subblock"),
            "a subblock is part of a block, but block is missing",
            "add block, or remove subblock",
        )
    if asked.model != "queued" and asked.max_run_seconds is not None:
        yield Finding(
            (*SECTION, "maxRunSeconds"),
            f"maxRunSeconds has no effect with model: {asked.model}",
            "write model: queued, or remove maxRunSeconds",
        )


@rule(
    code="R1C645",
    slug="provisioning-label-twice",
    severity=Severity.ERROR,
    title="Node label of the provisioning also in nodeSelector",
    why="spec.provisioning sets the labels of reservations, Spot and flex-start. The same label in "
    "nodeSelector can contradict it, and no node has both (GKE documentation, consuming reservations).",
    example="metadata:\n  annotations: {r1c.dev/allow: 'R1C647: a test'}\n"
    "spec:\n  provisioning: {model: spot}\n  scheduling:\n    nodeSelector:\n"
    "      cloud.google.com/gke-accelerator: nvidia-h100-mega-80gb\n"
    "      cloud.google.com/gke-spot: 'true'\n",
    fix="Remove the label from scheduling.nodeSelector.",
    fields=("spec.provisioning", "spec.scheduling.nodeSelector"),
)
def provisioning_label_twice(plan: Plan) -> Iterator[Finding]:
    """Check scheduling.nodeSelector for labels that the section sets."""
    for key in plan.provisioning.selector if plan.provisioning else ():
        if key in plan.scheduling.node_selector:
            yield Finding(
                ("spec", "scheduling", "nodeSelector", key),
                f"spec.provisioning sets {key}",
                "remove it here",
                on_key=True,
            )


@rule(
    code="R1C646",
    slug="provisioning-without-queue",
    severity=Severity.ERROR,
    title="Provisioning or topology without a queue",
    why="Kueue requests queued nodes and places groups by topology. Without scheduling.queue the pods wait "
    "for a request that nobody makes, and the topology is ignored (Kueue documentation).",
    example="metadata:\n  annotations: {r1c.dev/allow: 'R1C647: a test'}\n"
    "spec:\n  provisioning: {model: queued}\n",
    fix="Write scheduling.queue, or use model: flexStart and no topology.",
    fields=("spec.provisioning", "spec.scheduling.queue"),
)
def provisioning_without_queue(plan: Plan) -> Iterator[Finding]:
    """Check scheduling.queue."""
    asked = plan.provisioning
    if asked is None or plan.scheduling.queue:
        return
    if asked.model == "queued":
        yield Finding(
            (*SECTION, "model"),
            "model: queued needs a Kueue queue",
            "add scheduling.queue, or write model: flexStart",
        )
    if asked.topology:
        yield Finding(
            (*SECTION, "topology"),
            "topology needs a Kueue queue",
            "add scheduling.queue, or remove topology",
        )


@rule(
    code="R1C647",
    slug="provisioning-ends",
    severity=Severity.WARNING,
    title="Server on Spot or flex-start nodes",
    why="Flex-start VMs are deleted after at most 7 days, and a Spot VM has about half a minute when Google "
    "takes it back: the whole group goes with its first node, and its requests are cut off (GKE "
    "documentation, flex-start and Spot VMs).",
    example="spec:\n  provisioning: {model: spot}\n",
    fix="Use a reservation for a server that must stay, or accept the warning for tests and batches.",
    fields=("spec.provisioning.model",),
)
def provisioning_ends(plan: Plan) -> Iterator[Finding]:
    """Check for Spot and flex-start."""
    asked = plan.provisioning
    if asked and asked.model == "spot":
        yield Finding(
            (*SECTION, "model"),
            "a Spot node is deleted within about 30 s, whatever the grace period is, and its group with it",
            "write model: reservation, or accept the warning",
        )
    elif asked and asked.model in ("flexStart", "queued"):
        seconds = asked.max_run_seconds
        after = (
            f"{seconds // 3600} hours"
            if seconds and seconds < 86400
            else f"{(seconds or facts.limits().flex_start.longest_run_seconds) // 86400} days"
        )
        yield Finding(
            (*SECTION, "model"),
            f"the nodes of a group are deleted after at most {after}, and the group with them",
            "write model: reservation for a server that must stay, or accept the warning",
        )


@rule(
    code="R1C648",
    slug="flex-start-limits",
    severity=Severity.ERROR,
    title="Flex-start where it cannot work",
    why="Flex-start nodes come when there is capacity: a rollout that waits for a surge, and an autoscaler "
    "that reacts to load, can wait for hours. GKE supports it for GPUs from 1.32.2-gke.1652000 on (GKE "
    "documentation, about flex-start provisioning).",
    example="metadata:\n  annotations: {r1c.dev/allow: 'R1C647: a test'}\nspec:\n"
    "  provisioning: {model: flexStart}\n  rollout: {maxSurge: 1}\n",
    fix="Remove the surge or the autoscaler, upgrade the cluster, or use another model.",
    fields=("spec.provisioning.model", "spec.rollout.maxSurge", "spec.scaling", "spec.cluster.gke"),
)
def flex_start_limits(plan: Plan) -> Iterator[Finding]:
    """Check surge, autoscaler and cluster.gke."""
    if plan.provisioning is None or plan.provisioning.model not in ("flexStart", "queued"):
        return
    model = plan.provisioning.model
    if plan.surge:
        yield Finding(
            ("spec", "rollout", "maxSurge"),
            f"a rollout would wait for {plan.nodes_of(plan.surge)} more nodes, which can take hours with "
            f"model: {model}",
            "write maxSurge: 0 and maxUnavailable: 1",
        )
    if plan.scaling:
        yield Finding(
            ("spec", "scaling"),
            f"with model: {model} the autoscaler's groups may wait hours for their nodes",
            "remove spec.scaling, or write model: reservation",
        )
    have, since = version(plan.cluster.gke), facts.limits().gke.flex_start
    if have and have < (version(since) or ()):
        yield Finding(
            (*SECTION, "model"),
            f"GKE {plan.cluster.gke} (cluster.gke) does not support flex-start for GPUs; {since} and newer "
            "do",
            "upgrade the cluster, or write another model",
            related=(Related("the first version", place=facts.cite("limits", "gke.flexStart")),),
        )


@rule(
    code="R1C649",
    slug="provisioning-topology",
    severity=Severity.ERROR,
    title="Invalid topology level for a group",
    why="Each pod takes all GPUs of a node, so a group of several nodes never fits into one host. Kueue "
    "refuses a level that is not a valid label (Kueue documentation, topology-aware scheduling; "
    "kubernetes-sigs/kueue tas_validation.go).",
    example="spec:\n  scheduling: {queue: a3-mega}\n  provisioning:\n"
    "    topology: {level: kubernetes.io/hostname, required: true}\n",
    fix="Use a level with several nodes, such as cloud.google.com/gce-topology-block.",
    fields=("spec.provisioning.topology", "spec.nodes", "spec.parallelism", "spec.platform"),
)
def provisioning_topology(plan: Plan) -> Iterator[Finding]:
    """Check the level."""
    wanted = plan.provisioning.topology if plan.provisioning else None
    if wanted is None:
        return
    place: Path = (*SECTION, "topology", "level")
    if not names.is_label_key(wanted.level):
        yield Finding(
            place,
            f'"{wanted.level}" cannot be the key of a node label',
            "write cloud.google.com/gce-topology-block, or another level of your Topology",
        )
    elif wanted.level == HOSTNAME and wanted.required and plan.group.nodes > 1:
        yield Finding(
            place,
            f"a group of {plan.group.nodes} nodes cannot be on one host",
            "write cloud.google.com/gce-topology-block, or required: false",
        )


RULES: tuple[Rule, ...] = (
    provisioning_fields,
    provisioning_label_twice,
    provisioning_without_queue,
    provisioning_ends,
    flex_start_limits,
    provisioning_topology,
)
