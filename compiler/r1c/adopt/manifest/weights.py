"""A server's model, when it is a folder or a bucket's URI -> spec.model.source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from r1c import names
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.profile_draft import Draft, given
from r1c.names import GCS_FUSE
from r1c.record import record

_URI = "gs://"
_ONLY = "only-dir="
_CACHE = "file-cache:"
_OF_STREAMER = ("load-format", "model-loader-extra-config")


@record
class Source:
    """Where the weights are, as fields of the profile.

    `volume` is the volume that has them and nothing else, and `flags` are those that follow from the source.
    """

    draft: Draft
    volume: str | None = None
    flags: tuple[str, ...] = ()


def source(
    template: Mapping[str, Any],
    container: Mapping[str, Any],
    model: str | None,
    flags: Sequence[tuple[str, str | bool]],
) -> Source | None:
    """Return the source of a model that clients know by another name, None for any other model."""
    served = next((value for name, value in flags if name == "served-model-name"), None)
    if model is None or not isinstance(served, str) or not names.is_model_repository(served):
        return None
    if model.startswith(_URI):
        bucket, _, path = model.removeprefix(_URI).partition("/")
        streamed = {"type": "gcs", "bucket": bucket, "path": path, "load": "stream"}
        return Source(_fields(served, streamed), None, _OF_STREAMER)
    mounts = {
        str(item.get("name")): str(item.get("mountPath")).rstrip("/")
        for item in entries(container.get("volumeMounts"))
    }
    for volume in entries(section(template, "spec").get("volumes")):
        name = str(volume.get("name"))
        mount = mounts.get(name)
        if mount and f"{model}/".startswith(f"{mount}/"):
            return _mounted(name, volume, model.removeprefix(mount).strip("/"), served)
    return None


def _mounted(name: str, volume: Mapping[str, Any], path: str, served: str) -> Source | None:
    claim = section(volume, "persistentVolumeClaim").get("claimName")
    if claim:
        return Source(_fields(served, {"type": "pvc", "claim": claim, "path": path or None}), name)
    csi = section(volume, "csi")
    attributes = section(csi, "volumeAttributes")
    options = str(attributes.get("mountOptions", "")).split(",")
    only = next((item.removeprefix(_ONLY) for item in options if item.startswith(_ONLY)), None)
    if csi.get("driver") != GCS_FUSE:
        return None
    if only:
        folder = f"{only.strip('/')}/{path}".rstrip("/")
        found = {"type": "gcs", "bucket": attributes.get("bucketName"), "path": folder}
        return Source(_fields(served, found), name)
    if path and any(item.startswith(_CACHE) for item in options):
        # The bucket of the results, with a cache for the weights in it.
        return Source(_fields(served, {"type": "gcs", "path": path}))
    return None


def _fields(served: str, fields: Mapping[str, Any]) -> Draft:
    source = {f"spec.model.source.{name}": value for name, value in fields.items()}
    return given({"spec.model.id": served, **source})
