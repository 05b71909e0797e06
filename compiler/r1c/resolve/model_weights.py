"""The part of the plan that says where each pod finds the weights, and the Job that puts them there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from r1c import facts
from r1c.record import field, record

MOUNT = "/weights"
"""Where pods mount a volume that has the weights and nothing else."""


@record
class Prefetch:
    """The Job that fills the bucket, or the claim that it writes to (empty for a bucket)."""

    claim: str
    node_selector: Mapping[str, str] = field(default_factory=dict)


@record
class Weights:
    """Where the weights are.

    `place` is what vLLM is given for the model: its id, a folder in the pod, or the URI of a streamed bucket.
    `folder` is where pods that mount the weights have them, and `path` where the bucket or the volume has
    them, without a slash at the end. `own_volume` is False where they are in storage.bucket, which every pod
    mounts in any case: one bucket cannot be mounted twice in a pod before GKE 1.33. `bytes_per_second` is the
    rate of one node. `with_token` tells whether the server downloads anything from Hugging Face.
    """

    type: Literal["huggingface", "gcs", "pvc"]
    place: str
    folder: str
    bucket: str
    path: str
    claim: str
    streamed: bool
    own_volume: bool
    bytes_per_second: int
    with_token: bool
    prefetch: Prefetch | None

    @property
    def on_hub(self) -> bool:
        """Tell whether each node downloads the weights from Hugging Face."""
        return self.type == "huggingface"

    @property
    def cached_on_ssd(self) -> bool:
        """Tell whether a node keeps a copy of the weights on its local SSD."""
        return self.on_hub or (self.type == "gcs" and not self.streamed)

    @property
    def address(self) -> str:
        """Where the weights are, for people: the model's id, gs://BUCKET/FOLDER or pvc://CLAIM/FOLDER."""
        if self.type == "gcs":
            return f"gs://{self.bucket}/{self.path}"
        return f"pvc://{self.claim}/{self.path}".rstrip("/") if self.type == "pvc" else self.place


def from_hub(id_: str) -> Weights:
    """Return the weights that each node downloads from Hugging Face."""
    rate = facts.defaults().startup.download_bytes_per_second
    return Weights("huggingface", id_, "", "", "", "", False, False, rate, True, None)
