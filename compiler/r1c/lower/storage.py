"""The volumes of the pods: shared memory, the local SSD, the bucket, and a volume of the weights."""

from __future__ import annotations

from typing import Any

from r1c.lower.gpudirect_stack import host_path
from r1c.resolve.model_weights import MOUNT
from r1c.resolve.plan import Plan

GCS_ANNOTATIONS = {
    "gke-gcsfuse/volumes": "true",
    # No limit: a mount whose sidecar is out of memory takes the whole group down (evidence.md, STO004).
    "gke-gcsfuse/cpu-limit": "0",
    "gke-gcsfuse/memory-limit": "0",
    "gke-gcsfuse/ephemeral-storage-limit": "0",
}


DRIVER = "gcsfuse.csi.storage.gke.io"
CACHED = (
    "file-cache:max-size-mb:-1",
    "file-cache:cache-file-for-range-read:true",
    "file-cache:enable-parallel-downloads:true",
)
"""Every rank reads all files of a checkpoint: the first read fills the cache on the local SSD."""
BUCKET_OPTION = "implicit-dirs"
"""Folders of a bucket that have no object of their own are there too."""
UNCHANGING = (
    "metadata-cache:ttl-secs:-1",
    "metadata-cache:stat-cache-max-size-mb:-1",
    "metadata-cache:type-cache-max-size-mb:-1",
)
"""Weights do not change while a server reads them."""


def bucket(plan: Plan, *, host_network: bool) -> dict[str, Any]:
    """Return the bucket's volume. Its name is fixed: a bucket's name need not be a volume name (KUB012)."""
    weights, options = plan.weights, [BUCKET_OPTION]
    if weights.type == "gcs" and not weights.own_volume and not weights.streamed:
        options += CACHED
    return _fuse("gcs", plan.storage.bucket, options, host_network=host_network)


def _fuse(
    name: str, bucket_name: str, options: list[str], *, host_network: bool = False, read_only: bool = False
) -> dict[str, Any]:
    attributes = {"bucketName": bucket_name, "mountOptions": ",".join(options)}
    if host_network:
        # Without it, a pod on the host network reaches the bucket as the node's service account (STO002).
        attributes["hostNetworkPodKSA"] = "true"
    only = {"readOnly": True} if read_only else {}
    return {"name": name, "csi": {"driver": DRIVER, **only, "volumeAttributes": attributes}}


def writable_bucket(name: str, bucket_name: str) -> dict[str, Any]:
    """Return the volume of a bucket that a pod on the pod network writes to."""
    return _fuse(name, bucket_name, [BUCKET_OPTION])


def weights(plan: Plan, *, host_network: bool, cached: bool) -> list[dict[str, Any]]:
    """Return the volume that has the weights and nothing else, where there is one."""
    at = plan.weights
    if at.type == "pvc":
        return [{"name": "weights", "persistentVolumeClaim": {"claimName": at.claim, "readOnly": True}}]
    if not at.own_volume:
        return []
    options = [BUCKET_OPTION, f"only-dir={at.path}", *((*UNCHANGING, *CACHED) if cached else ())]
    return [_fuse("weights", at.bucket, options, host_network=host_network, read_only=True)]


def weights_mount(plan: Plan) -> list[dict[str, Any]]:
    """Return where containers see that volume."""
    return [{"name": "weights", "mountPath": MOUNT, "readOnly": True}] if plan.weights.own_volume else []


def volumes(plan: Plan) -> list[dict[str, Any]]:
    """Return shared memory, model cache, bucket, and the weights that are mounted from elsewhere."""
    shared = {"medium": "Memory", "sizeLimit": plan.storage.shared_memory}
    cache: dict[str, Any] = {"name": "local-ssd", "emptyDir": {}}
    if plan.storage.cache_on_node:
        cache = host_path("local-ssd", plan.platform.local_ssd_path)
    return [
        {"name": "shared-memory", "emptyDir": shared},
        cache,
        bucket(plan, host_network=plan.network.host),
        *([] if plan.weights.streamed else weights(plan, host_network=plan.network.host, cached=True)),
    ]


def mounts(plan: Plan) -> list[dict[str, Any]]:
    """Return where the server container sees them."""
    return [
        {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108 the path that NCCL uses
        {"name": "local-ssd", "mountPath": plan.storage.ssd_mount_path},
        {"name": "gcs", "mountPath": plan.storage.mount_path},
        *([] if plan.weights.streamed else weights_mount(plan)),
    ]
