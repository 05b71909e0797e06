"""The LeaderWorkerSet: groups of one leader and nodes - 1 workers that live and die together."""

from __future__ import annotations

from typing import Any

from r1c.lower import pod
from r1c.lower.bundle import Manifest
from r1c.lower.labels import metadata
from r1c.resolve.plan import Plan

PATH = "leaderworkerset.yaml"


def manifest(plan: Plan) -> Manifest:
    """Return leaderworkerset.yaml.

    Fields that the LWS webhook would fill in are written, so that no tool reports drift.
    """
    meta = metadata(plan, plan.name, "server")
    if plan.scheduling.queue:
        # Only on the LWS: Kueue copies it to the pods, and a pod with its own label is never admitted
        # (SCH002).
        meta["labels"]["kueue.x-k8s.io/queue-name"] = plan.scheduling.queue
    if plan.scheduling.exclusive_topology:
        meta["annotations"] = {
            "leaderworkerset.sigs.k8s.io/exclusive-topology": plan.scheduling.exclusive_topology
        }
    if plan.provisioning:
        from r1c.lower import provisioning

        added = provisioning.set_annotations(plan)
        if added:
            meta["annotations"] = meta.get("annotations", {}) | added
    leader, worker = pod.templates(plan)
    spec: dict[str, Any] = {
        # An apply must not undo what the autoscaler did.
        **({} if plan.scaling else {"replicas": plan.group.replicas}),
        # Workers start with the leader: its readiness waits for them (evidence.md, KUB007).
        "startupPolicy": "LeaderCreated",
        "rolloutStrategy": {
            "type": "RollingUpdate",
            "rollingUpdateConfiguration": _rollout(plan),
        },
        "networkConfig": {"subdomainPolicy": "Shared"},
        "leaderWorkerTemplate": {
            "size": plan.group.nodes,
            "restartPolicy": "RecreateGroupOnPodRestart",
            "leaderTemplate": leader,
            "workerTemplate": worker,
        },
    }
    kind = {"apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet"}
    return Manifest(PATH, ({**kind, "metadata": meta, "spec": spec},))


def _rollout(plan: Plan) -> dict[str, int]:
    asked = plan.rollout
    if asked is None:
        return {"maxUnavailable": 1, "maxSurge": 0}
    # LWS before v0.7.0 does not have the partition: it is written only where it is asked for.
    kept = {} if asked.partition is None else {"partition": asked.partition}
    return {"maxUnavailable": asked.max_unavailable, "maxSurge": asked.max_surge, **kept}
