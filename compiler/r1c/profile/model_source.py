"""Where the weights of the model are, and the Job that puts them there (spec.model.source)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from r1c.profile.section import info, section


@section
class Prefetch:
    """A Job of its own that downloads the model once from Hugging Face to the bucket or the claim."""

    claim: Annotated[str | None, info(examples=["deepseek-r1-writer"])] = None
    """PersistentVolumeClaim that the Job writes to, for a disk that servers mount read-only. Default:
    source.claim.
    """
    node_selector: Annotated[
        Mapping[str, str] | None, info(examples=[{"cloud.google.com/machine-family": "c3"}])
    ] = None
    """Node labels that the Job requires: a node that can mount the claim. Default: any node."""


@section
class ModelSource:
    """Where each pod finds the weights."""

    type: Literal["huggingface", "gcs", "pvc"] = "huggingface"
    """huggingface: each node downloads the model to its local SSD. gcs: a folder of a Cloud Storage bucket.
    pvc: a folder on the volume of a PersistentVolumeClaim (Hyperdisk ML, Managed Lustre).
    """
    bucket: Annotated[str | None, info(examples=["my-models"])] = None
    """Bucket with the weights, without gs:// (gcs). Default: storage.bucket."""
    path: Annotated[str | None, info(examples=["models/deepseek-r1-v3"])] = None
    """Folder with config.json and the weights, without / in front: required for gcs. Default for pvc: the
    root of the volume.
    """
    claim: Annotated[str | None, info(examples=["deepseek-r1-weights"])] = None
    """PersistentVolumeClaim in the recipe's namespace, which every pod mounts read-only (pvc)."""
    load: Literal["mount", "stream"] = "mount"
    """How vLLM reads a bucket (gcs). mount: Cloud Storage FUSE, with its file cache on the local SSD. stream:
    the Run:ai Model Streamer, from the bucket into GPU memory; vLLM v0.11.1 or later.
    """
    mb_per_second: Annotated[int | None, info(ge=1, examples=[1500])] = None
    """Rate at which one node reads the weights, in MB/s, as you measured it; the time allowed for a start
    depends on it. Default: a planning figure for the type.
    """
    prefetch: Prefetch | None = None
    """Adds a Job that fills the bucket or the claim from Hugging Face; {} for its defaults."""
