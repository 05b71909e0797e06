"""R1C531 to R1C534: NICs by a claim (network.mode: dranet)."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.check.rule import Rule, rule
from r1c.check.rules.cluster import version
from r1c.diagnostics import Finding, Path, Related, Severity
from r1c.diagnostics.suggest import listed
from r1c.facts import dranet
from r1c.resolve.plan import Plan

MODE: Path = ("spec", "network", "mode")


@rule(
    code="R1C531",
    slug="dranet-platform",
    severity=Severity.ERROR,
    title="Platform without DRANET",
    why="GKE's managed DRANET offers RDMA NICs to claims. A3 Mega and A3 High have no RDMA NICs, so no node "
    "offers the devices and the pods stay Pending (GKE documentation, managed DRANET; facts/dranet.yaml).",
    example="spec:\n  platform: a3-mega\n  network:\n    mode: dranet\n",
    fix="Use network.mode: pod.",
    fields=("spec.network.mode", "spec.platform"),
)
def dranet_platform(plan: Plan) -> Iterator[Finding]:
    """Check that the platform's NICs can be claimed."""
    known = dranet.read().nics
    if plan.network.by_claim and plan.platform.id not in known:
        yield Finding(
            MODE,
            f"{plan.platform.id} has no NICs that a pod can claim; {listed(known, 'and')} do",
            "write mode: pod",
            related=(Related("the platforms with DRANET", place=facts.cite("dranet", "nics")),),
        )


@rule(
    code="R1C532",
    slug="dranet-in-a-queue",
    severity=Severity.WARNING,
    title="Kueue may refuse groups with claims",
    why="From v0.18.0 on Kueue refuses a group with resource claims unless its support for dynamic resource "
    "allocation is on and its configuration maps the device class. Older releases do not count the claims "
    "(kubernetes-sigs/kueue#10504; keps/2941-DRA).",
    example="spec:\n  platform: a3-ultra\n  vllm: {version: v0.11.0}\n  network:\n    mode: dranet\n"
    "  scheduling:\n    queue: a3-ultra\n",
    fix="Map the device class in Kueue's configuration and accept the warning, or use network.mode: pod.",
    fields=(
        "spec.network.mode",
        "spec.scheduling.queue",
        "spec.cluster.kueue",
        "spec.platform",
        "spec.nodes",
        "spec.parallelism",
        "spec.vllm.args",
    ),
)
def dranet_in_a_queue(plan: Plan) -> Iterator[Finding]:
    """Check that no queue admits the groups, or one of a release that does not look at claims."""
    claim, oldest = plan.network.claim, dranet.read().kueue_refuses
    running = version(plan.cluster.kueue)
    if claim is None or not plan.scheduling.queue or (running and running < (version(oldest) or ())):
        return
    which = f"Kueue {plan.cluster.kueue} refuses" if running else f"Kueue {oldest} and later refuse"
    yield Finding(
        MODE,
        f"{which} a group that claims {claim.device_class}, unless its configuration maps this class",
        f"map {claim.device_class} under deviceClassMappings in Kueue's configuration and accept this with "
        "an annotation: r1c.dev/allow: 'R1C532: REASON', or write mode: pod",
        related=(Related("the queue is here", path=("spec", "scheduling", "queue")),),
    )


@rule(
    code="R1C533",
    slug="dranet-label-twice",
    severity=Severity.ERROR,
    title="Node label of DRANET also in nodeSelector",
    why="network.mode: dranet selects the nodes with NICs to claim by a label; the same label in "
    "nodeSelector can contradict it (GKE documentation, managed DRANET).",
    example="spec:\n  platform: a3-ultra\n  vllm: {version: v0.11.0}\n  network:\n    mode: dranet\n"
    "  scheduling:\n    nodeSelector:\n      cloud.google.com/gke-accelerator: nvidia-h200-141gb\n"
    "      gke.networks.io/accelerator-network-profile: auto\n",
    fix="Remove the label from scheduling.nodeSelector.",
    fields=(
        "spec.network.mode",
        "spec.scheduling.nodeSelector",
        "spec.platform",
        "spec.nodes",
        "spec.parallelism",
        "spec.vllm.args",
    ),
)
def dranet_label_twice(plan: Plan) -> Iterator[Finding]:
    """Check scheduling.nodeSelector for the labels that the mode sets."""
    for key in plan.network.claim.node_labels if plan.network.claim else ():
        if key in plan.scheduling.node_selector:
            yield Finding(
                ("spec", "scheduling", "nodeSelector", key),
                f"network.mode: dranet sets {key}",
                "remove it here",
                on_key=True,
                related=(Related("the mode is here", path=MODE),),
            )


@rule(
    code="R1C534",
    slug="dranet-without-effect",
    severity=Severity.WARNING,
    title="DRANET has no effect for a group of one node",
    why="The GPUs of one node talk over NVLink, so its pod claims no NICs (facts/dranet.yaml).",
    example="spec:\n  platform: a3-ultra\n  nodes: 1\n  model: {id: openai/gpt-oss-120b}\n"
    "  vllm: {version: v0.11.0}\n  parallelism: {tensor: 8, pipeline: 1}\n  network:\n    mode: dranet\n",
    fix="Remove the line.",
    fields=("spec.network.mode", "spec.platform", "spec.nodes", "spec.parallelism", "spec.vllm.args"),
)
def dranet_without_effect(plan: Plan) -> Iterator[Finding]:
    """Check that a group has several nodes."""
    if plan.network.by_claim and plan.group.nodes == 1 and plan.platform.id in dranet.read().nics:
        yield Finding(
            MODE,
            "network.mode: dranet has no effect for a group of one node, which uses no NICs of the GPUs",
            "remove mode",
        )


RULES: tuple[Rule, ...] = (
    dranet_platform,
    dranet_in_a_queue,
    dranet_label_twice,
    dranet_without_effect,
)
