"""What a recipe's provisioning adds to the LeaderWorkerSet and its pods."""

from __future__ import annotations

from r1c.resolve.plan import Plan


def set_annotations(plan: Plan) -> dict[str, str]:
    """Return the annotations of the LeaderWorkerSet: Kueue copies them to the request for nodes."""
    asked = plan.provisioning
    if asked is None or asked.model != "queued" or asked.max_run_seconds is None:
        return {}
    return {"provreq.kueue.x-k8s.io/maxRunDurationSeconds": str(asked.max_run_seconds)}


def pod_annotations(plan: Plan) -> dict[str, str]:
    """Return the annotations of the pods: where Kueue places the leader and the workers together."""
    wanted = plan.provisioning.topology if plan.provisioning else None
    if wanted is None:
        return {}
    kind = "required" if wanted.required else "preferred"
    annotations = {f"kueue.x-k8s.io/podset-{kind}-topology": wanted.level}
    if plan.group.nodes > 1:
        # One domain for both: without it Kueue places the leader and the workers apart from each other.
        annotations["kueue.x-k8s.io/podset-group-name"] = "group"
    return annotations
