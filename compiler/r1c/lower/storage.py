"""The volumes that every server pod has: shared memory, the local SSD with the weights, and the bucket."""

from __future__ import annotations

from typing import Any

from r1c.lower.gpudirect_stack import host_path
from r1c.resolve.plan import Plan

GCS_ANNOTATIONS = {
    "gke-gcsfuse/volumes": "true",
    # No limit: a mount whose sidecar is out of memory takes the whole group down (evidence.md, STO004).
    "gke-gcsfuse/cpu-limit": "0",
    "gke-gcsfuse/memory-limit": "0",
    "gke-gcsfuse/ephemeral-storage-limit": "0",
}


def bucket(plan: Plan, *, host_network: bool) -> dict[str, Any]:
    """Return the bucket's volume. Its name is fixed: a bucket's name need not be a volume name (KUB012)."""
    attributes = {"bucketName": plan.storage.bucket, "mountOptions": "implicit-dirs"}
    if host_network:
        # Without it, a pod on the host network reaches the bucket as the node's service account (STO002).
        attributes["hostNetworkPodKSA"] = "true"
    return {"name": "gcs", "csi": {"driver": "gcsfuse.csi.storage.gke.io", "volumeAttributes": attributes}}


def volumes(plan: Plan) -> list[dict[str, Any]]:
    """Return shared memory, model cache and bucket."""
    shared = {"medium": "Memory", "sizeLimit": plan.storage.shared_memory}
    cache: dict[str, Any] = {"name": "local-ssd", "emptyDir": {}}
    if plan.storage.cache_on_node:
        cache = host_path("local-ssd", plan.platform.local_ssd_path)
    return [
        {"name": "shared-memory", "emptyDir": shared},
        cache,
        bucket(plan, host_network=plan.network.host),
    ]


def mounts(plan: Plan) -> list[dict[str, Any]]:
    """Return where the server container sees them."""
    return [
        {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108 the path that NCCL uses
        {"name": "local-ssd", "mountPath": plan.storage.ssd_mount_path},
        {"name": "gcs", "mountPath": plan.storage.mount_path},
    ]
