"""disruption.yaml: the PodDisruptionBudget; and when a worker counts as available."""

from __future__ import annotations

from typing import Any

from r1c.lower.bundle import Manifest
from r1c.lower.labels import metadata
from r1c.resolve.disruption import Disruption
from r1c.resolve.plan import Plan

PATH = "disruption.yaml"

SAFE_TO_EVICT = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
"""What keeps the cluster autoscaler from removing a node."""


def manifest(plan: Plan, asked: Disruption) -> Manifest | None:
    """Return the budget, None for one group: it would block every drain, or allow each.

    It counts the pods of all groups, because the loss of any of them recreates its group. An integer needs no
    controller that knows how many pods there should be: a group that is recreated has none.
    """
    kept = plan.group.replicas - asked.max_unavailable
    if kept < 1:
        return None
    spec: dict[str, Any] = {
        "minAvailable": kept * plan.group.nodes,
        "selector": {"matchLabels": {"leaderworkerset.sigs.k8s.io/name": plan.name}},
        # A group that does not answer must not keep its nodes from being repaired.
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }
    kind = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget"}
    return Manifest(PATH, ({**kind, "metadata": metadata(plan, plan.name, "server"), "spec": spec},))


def worker_readiness(plan: Plan, period: int) -> dict[str, Any]:
    """Return the readiness probe of a worker: it is ready when its leader answers.

    Without it the workers of a group that loads would count as available, and a drain could take a second
    group.
    """
    return {
        "exec": {"command": ["/bin/bash", "-c", leader_answers(plan.service.port)]},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": 3,
    }


def leader_answers(port: int) -> str:
    """Return a bash script that succeeds if the leader of the group answers /health with 200."""
    return (
        f'exec 3<>"/dev/tcp/$LWS_LEADER_ADDRESS/{port}" &&\n'
        r"printf 'GET /health HTTP/1.0\r\nHost: leader\r\n\r\n' >&3 &&"
        '\nread -r _ status _ <&3 && [ "$status" = 200 ]\n'
    )
