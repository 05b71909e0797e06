"""The volumes that every server pod has: shared memory, the local SSD with the weights, and the bucket."""

from __future__ import annotations

import math
from typing import Any

from r1c.plan import Plan

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
        cache = {"name": "local-ssd", "hostPath": {"path": plan.platform.local_ssd_path}}
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


def ephemeral_request(plan: Plan) -> str | None:
    """Return the ephemeral storage that a pod asks for: a tenth more than the checkpoint, if it is kept in
    the pod.
    """
    size = plan.model.architecture.checkpoint_bytes if plan.model.architecture else None
    if plan.storage.cache_on_node or size is None:
        return None
    return f"{math.ceil(size * 1.1 / 2**30)}Gi"
