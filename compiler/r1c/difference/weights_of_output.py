"""The pods of an output -> where they find the weights, to compare that with a profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from r1c.record import replace
from r1c.resolve.model_weights import MOUNT, Weights, from_hub

_URI = "gs://"
_ONLY = "only-dir="
_CACHE = "file-cache:"


def recover(place: str, volumes: Sequence[Any], mounts: Sequence[Any]) -> Weights:
    """Return the weights of a server that is given `place` for its model, by its volumes and their mounts.

    Rates and the prefetch Job stay those of a download: figures do not show them.
    """
    base = from_hub(place)
    if place.startswith(_URI):
        bucket, _, path = place.removeprefix(_URI).partition("/")
        return replace(base, type="gcs", bucket=bucket, path=path, streamed=True)
    own = next((item for item in volumes if _name(item) == "weights"), None)
    if own is not None and f"{place}/".startswith(f"{MOUNT}/"):
        claim = own.get("persistentVolumeClaim")
        if isinstance(claim, Mapping):
            path = place.removeprefix(MOUNT).strip("/")
            return replace(base, type="pvc", claim=str(claim.get("claimName")), path=path)
        bucket, options = _bucket(own)
        path = next((item.removeprefix(_ONLY) for item in options if item.startswith(_ONLY)), "")
        return replace(base, type="gcs", bucket=bucket, path=path)
    shared = next((item for item in volumes if _name(item) == "gcs"), None)
    mount = next((str(item.get("mountPath")) for item in mounts if _name(item) == "gcs"), None)
    if shared is not None and mount and place.startswith(f"{mount}/"):
        bucket, options = _bucket(shared)
        # Only a bucket that the weights are read from has a cache.
        if any(item.startswith(_CACHE) for item in options):
            return replace(base, type="gcs", bucket=bucket, path=place.removeprefix(f"{mount}/"))
    return base


def _name(volume: Any) -> Any:
    return volume.get("name") if isinstance(volume, Mapping) else None


def _bucket(volume: Mapping[str, Any]) -> tuple[str, list[str]]:
    csi = volume.get("csi")
    attributes = csi.get("volumeAttributes") if isinstance(csi, Mapping) else None
    if not isinstance(attributes, Mapping):
        return "", []
    return str(attributes.get("bucketName", "")), str(attributes.get("mountOptions", "")).split(",")
