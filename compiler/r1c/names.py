"""A name -> whether Kubernetes, Google Cloud or a registry takes it, and the nearest name that it would take.

Also the labels, annotations and resources by which code that reads objects of other people finds its way.
Sources: k8s.io/apimachinery util/validation; LWS docs and its webhook; Kueue docs; Google Cloud SDK
(storage_util, artifacts, projects, container); OCI distribution spec 1.1; huggingface_hub utils/_validators.
"""

from __future__ import annotations

import re

LABEL_LENGTH = 63
SUBDOMAIN_LENGTH = 253
CLUSTER_LENGTH = 40
TAG_LENGTH = 128
MODEL_LENGTH = 96
KUEUE_NAME_LENGTH = 39
"""Of a LeaderWorkerSet under Kueue up to v0.17, which puts the name into its own label."""

ACCELERATOR = "cloud.google.com/gke-accelerator"
EXCLUSIVE_TOPOLOGY = "leaderworkerset.sigs.k8s.io/exclusive-topology"
GCS_FUSE = "gcsfuse.csi.storage.gke.io"
GPU = "nvidia.com/gpu"
GROUP_SET = "leaderworkerset.sigs.k8s.io/name"
HOSTNAME = "kubernetes.io/hostname"
INTERFACES = "networking.gke.io/interfaces"
QUEUE = "kueue.x-k8s.io/queue-name"
HUB_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_TOKEN")
"""The variables from which huggingface_hub takes a token."""

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_1035 = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_LABEL_VALUE = r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?"
_SECRET_KEY = r"[-._a-zA-Z0-9]+"  # noqa: S105  # a pattern
_UPPER_CASE_VARIABLE = r"[A-Z][A-Z0-9]*_[A-Z0-9_]+"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_BUCKET = r"[a-z0-9][a-z0-9_.-]*[a-z0-9]"
_PROJECT = r"([a-z0-9.-]+\.[a-z]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"
_REGION = r"[a-z]+(-[a-z]+)+[0-9]+"
_NO_REVISION = r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[/-]|[/.]$|\.lock$"
_ZONE = r"(?P<region>[a-z]+(-[a-z]+)+[0-9]+)-[a-z]"
_LOCATION = r"[a-z]+(-[a-z]+[0-9]+)?"
_REPOSITORY = r"[a-z]([a-z0-9-]*[a-z0-9])?|([a-z]+\.)?gcr\.io"
_IMAGE = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_WORDS = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
_REFERENCE = (
    rf"{_WORDS}(:[0-9]+)?(/{_WORDS})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?"
)
_DIGEST = r"sha256:[0-9a-f]{64}"
_REPO = r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?"
_MODEL = rf"({_REPO}/)?(?P<name>{_REPO})(:[A-Z][A-Z0-9_]*|/[^/]+\.gguf)?"
_POD_PATH = r"(/[A-Za-z0-9_.+=@-]+)+/?"
_VOLUME_PATH = r"/[^:]*"


def is_dns_1035_label(name: str) -> bool:
    """Tell whether it can name a Service or a LeaderWorkerSet."""
    return len(name) <= LABEL_LENGTH and re.fullmatch(_DNS_1035, name) is not None


def is_dns_label(name: str) -> bool:
    """Tell whether it can name a namespace."""
    return len(name) <= LABEL_LENGTH and re.fullmatch(_LABEL, name) is not None


def is_dns_subdomain(name: str) -> bool:
    """Tell whether it can name most objects: Secret, service account, Network, LocalQueue, PriorityClass."""
    return len(name) <= SUBDOMAIN_LENGTH and all(re.fullmatch(_LABEL, part) for part in name.split("."))


def is_label_key(key: str) -> bool:
    """Tell whether it can be the key of a label, with or without a prefix."""
    prefix, slash, name = key.rpartition("/")
    return is_label_value(name) and name != "" and (not slash or is_dns_subdomain(prefix))


def is_label_value(value: str) -> bool:
    """Tell whether it can be the value of a label; it may be empty."""
    return len(value) <= LABEL_LENGTH and re.fullmatch(_LABEL_VALUE, value) is not None


def is_secret_key(key: str) -> bool:
    """Tell whether it can be a key of a Secret or ConfigMap."""
    return len(key) <= SUBDOMAIN_LENGTH and re.fullmatch(_SECRET_KEY, key) is not None


def is_upper_case_variable(name: str) -> bool:
    """Tell whether a name is written as only variables are: NCCL_DEBUG, but neither NCCL nor debug."""
    return re.fullmatch(_UPPER_CASE_VARIABLE, name) is not None


def is_variable(name: str) -> bool:
    """Tell whether it can name an environment variable that a shell and every program can read."""
    return re.fullmatch(_VARIABLE, name) is not None


def group_name_length(replicas: int) -> int:
    """Return how long a LeaderWorkerSet's name can be.

    A worker's revision label is NAME-GROUP-HASH with a hash of 10 characters, and a label has at most 63.
    """
    digits = len(str(max(replicas - 1, 0)))
    return LABEL_LENGTH - len("-") - digits - len("-") - 10


def is_bucket(name: str) -> bool:
    """Tell whether it can name a Cloud Storage bucket."""
    parts = name.split(".")
    return (
        3 <= len(name) <= (222 if len(parts) > 1 else 63)
        and re.fullmatch(_BUCKET, name) is not None
        and all(0 < len(part) <= 63 for part in parts)
        and not (len(parts) == 4 and all(part.isdigit() for part in parts))
    )


def is_project(name: str) -> bool:
    """Tell whether it can be the ID of a Google Cloud project, with a domain (example.com:name) or not."""
    return re.fullmatch(_PROJECT, name) is not None


def is_cluster(name: str) -> bool:
    """Tell whether it can name a GKE cluster."""
    return len(name) <= CLUSTER_LENGTH and re.fullmatch(_DNS_1035, name) is not None


def is_revision(name: str) -> bool:
    """Tell whether a branch, tag or commit can have the name (git check-ref-format)."""
    return bool(name) and re.search(_NO_REVISION, name) is None


def is_region(name: str) -> bool:
    """Tell whether it has the form of a region: us-central1."""
    return re.fullmatch(_REGION, name) is not None


def region_of_zone(name: str) -> str | None:
    """Return the region of a zone (us-central1-a), None for text without the form of a zone."""
    match = re.fullmatch(_ZONE, name)
    return match["region"] if match else None


def is_location(name: str) -> bool:
    """Tell whether it has the form of a location of Artifact Registry: us, us-central1."""
    return re.fullmatch(_LOCATION, name) is not None


def is_repository(name: str) -> bool:
    """Tell whether it can name a repository of Artifact Registry; gcr.io is that of a moved registry."""
    return re.fullmatch(_REPOSITORY, name) is not None


def is_image(name: str) -> bool:
    """Tell whether it can name an image in a repository."""
    return re.fullmatch(_IMAGE, name) is not None


def is_image_reference(text: str) -> bool:
    """Tell whether it is an image as pods name it: a lower-case path with an optional tag and digest."""
    return re.fullmatch(_REFERENCE, text) is not None


def is_tag(name: str) -> bool:
    """Tell whether it can be the tag of an image."""
    return len(name) <= TAG_LENGTH and re.fullmatch(_TAG, name) is not None


def is_digest(name: str) -> bool:
    """Tell whether it is a sha256 digest as image references have it."""
    return re.fullmatch(_DIGEST, name) is not None


def is_model_repository(id_: str) -> bool:
    """Tell whether it can be a Hugging Face repository, NAMESPACE/NAME or only NAME.

    A GGUF file or its quantization may follow, as vLLM accepts them.
    """
    match = re.fullmatch(_MODEL, id_)
    return match is not None and len(match["name"]) <= MODEL_LENGTH and "--" not in id_ and ".." not in id_


def is_model_place(id_: str) -> bool:
    """Tell whether vLLM can look for a model there: a repository, or an absolute path in the pod."""
    return re.fullmatch(_POD_PATH, id_) is not None or is_model_repository(id_)


def is_mount_path(path: str) -> bool:
    """Tell whether it is an absolute, normalised path below the root that a volume can be mounted at."""
    parts = path.split("/")[1:]
    return re.fullmatch(_VOLUME_PATH, path) is not None and all(part not in ("", ".", "..") for part in parts)


def cleaned(name: str, *, length: int = LABEL_LENGTH, letter_first: bool = False) -> str | None:
    """Return the nearest DNS label, with hyphens for what is not allowed; None if nothing is left of it."""
    text = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if letter_first:
        text = text.lstrip("0123456789-")
    return text[:length].rstrip("-") or None
