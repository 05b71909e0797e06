"""A node -> what keeps a pod of the recipe off it: its state, taints, labels, or too few resources."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from decimal import Decimal

from r1c.check.preflight_codes import node_codes
from r1c.diagnostics import Code
from r1c.names import ACCELERATOR, GPU
from r1c.preflight.objects import Amounts, Node, Taint
from r1c.preflight.quantity import shown
from r1c.preflight.view import View
from r1c.record import record


@record
class Fault:
    """What is wrong with a node, with its code, the field that it concerns, and what to do."""

    code: Code
    path: str
    message: str
    help: str


@record
class Obstacle:
    """What keeps a pod off a node: the reason for the count of nodes, and the fault if it is one."""

    reason: str
    fault: Fault | None = None


def obstacle(view: View, node: Node, wanted: Amounts, used: Mapping[str, Decimal]) -> Obstacle | None:
    """Return what keeps a pod that requests `wanted` off a node, None for a free one.

    `used` is what pods of others on the node request.
    """
    plan, name = view.plan, shlex.quote(node.metadata.name)
    if plan.scheduling.target_nodes and node.metadata.name not in plan.scheduling.target_nodes:
        return Obstacle("not among spec.scheduling.targetNodes")
    if not node.ready:
        help_ = f"read the reason in: kubectl describe node {name}"
        return Obstacle("not ready", Fault(node_codes.NOT_READY, "spec.nodes", "is not ready", help_))
    if node.spec.unschedulable:
        message, help_ = "is cordoned: it takes no new pods", f"run: kubectl uncordon {name}"
        return Obstacle("cordoned", Fault(node_codes.CORDONED, "spec.nodes", message, help_))
    return _taint(view, node) or _label(view, node) or _lack(view, node, wanted, used)


def _taint(view: View, node: Node) -> Obstacle | None:
    name = shlex.quote(node.metadata.name)
    for taint in node.spec.taints:
        if taint.effect in ("NoSchedule", "NoExecute") and not _tolerated(view, taint):
            fault = Fault(
                node_codes.TAINT,
                "spec.scheduling.tolerations",
                f"has the taint {taint.shown}, which the pods do not tolerate",
                f"write it under scheduling.tolerations, or remove it: kubectl taint node {name} "
                f"{shlex.quote(f'{taint.key}:{taint.effect}-')}",
            )
            return Obstacle("with a taint that the pods do not tolerate", fault)
    return None


def _label(view: View, node: Node) -> Obstacle | None:
    for key, value in _selector(view).items():
        has = node.metadata.labels.get(key)
        if has != value:
            fault = Fault(
                node_codes.LABEL,
                "spec.scheduling.nodeSelector",
                f"has {f'{key}={has}' if has else f'no label {key}'}, but the pods select {key}={value}",
                "correct scheduling.nodeSelector or provisioning, or use nodes with this label",
            )
            return Obstacle("without a label that the pods select", fault)
    return None


def _lack(view: View, node: Node, wanted: Amounts, used: Mapping[str, Decimal]) -> Obstacle | None:
    """Return which resource a node has too little of, the GPUs first."""
    name, gpus = shlex.quote(node.metadata.name), Decimal(view.plan.group.gpus_per_pod)
    if node.has(GPU) < gpus:
        fault = Fault(
            node_codes.GPUS,
            "spec.platform",
            f"offers {shown(node.has(GPU), GPU)} GPUs to pods, but a pod needs {gpus}",
            f"wait for the GPU driver, or read the reason in: kubectl describe node {name}",
        )
        return Obstacle("with too few GPUs", fault)
    taken = used.get(GPU, Decimal(0))
    if node.has(GPU) - taken < gpus:
        return Obstacle(f"with {shown(taken, GPU)} of {shown(node.has(GPU), GPU)} GPUs in use")
    for resource in ("cpu", "memory", "ephemeral-storage"):
        rest, needs = node.has(resource) - used.get(resource, Decimal(0)), wanted.get(resource, Decimal(0))
        if resource in node.status.allocatable and rest < needs:
            fault = Fault(
                node_codes.RESOURCES,
                "spec.platform",
                f"has {shown(rest, resource)} of {resource} left after the requests of its other pods, but a "
                f"pod requests {shown(needs, resource)}",
                f"move other pods off the node: kubectl get pods -A --field-selector spec.nodeName={name}",
            )
            return Obstacle(f"with too little {resource}", fault)
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
