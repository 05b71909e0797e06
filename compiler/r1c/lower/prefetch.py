"""The prefetch Job: it fills the bucket or the claim with the weights, once, before the server is applied.

It has its own kustomization, service account and token, so that an apply of the server neither runs it nor
needs them, and the server's account can be one that only reads the weights.
"""

from __future__ import annotations

from typing import Any

from r1c import facts, resources
from r1c.lower import access, environment, kustomization, storage
from r1c.lower.bundle import Manifest, Text
from r1c.lower.labels import SHARED_LABELS, labels, metadata
from r1c.lower.templates.escape import literal
from r1c.resolve.model_weights import MOUNT, Prefetch
from r1c.resolve.plan import Plan

FOLDER = "prefetch"
JOB = f"{FOLDER}/job.yaml"
ACCOUNT = f"{FOLDER}/serviceaccount.yaml"
SCRIPT = ("lower", "templates", "prefetch.py")

OTHER_FORMATS = (".bin", ".ckpt", ".gguf", ".h5", ".msgpack", ".onnx", ".ot", ".pt", ".pth", ".tflite")
"""Weights that a server does not read if the repository has safetensors."""
_READS_SAFETENSORS = ("auto", "safetensors", "runai_streamer", "fastsafetensors", "instanttensor", "dummy")
_HUB_VARIABLES = (
    "HF_ENDPOINT",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
)
"""What the server's environment says about the way to the hub."""


def name(plan: Plan) -> str:
    """Return the name of the Job and of its service account."""
    return f"{plan.name}-prefetch"


def files(plan: Plan, asked: Prefetch) -> list[Manifest | Text]:
    """Return the files of prefetch/, with what creates the token's Secret."""
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(plan, name(plan), "prefetch"),
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(plan, name(plan), "prefetch"),
        "spec": _spec(plan, asked),
    }
    objects = [Manifest(ACCOUNT, (account,)), Manifest(JOB, (job,))]
    extra: list[Manifest | Text] = []
    generated: kustomization.EnvSecret | None = None
    secret = access.secret(plan)
    if plan.token.source == "envFile":
        generated = kustomization.EnvSecret(plan.token.secret, plan.token.env_file, SHARED_LABELS)
        extra.append(Text(f"{FOLDER}/.gitignore", f"/{plan.token.env_file}\n"))
    elif secret:
        moved = Manifest(f"{FOLDER}/{secret.path}", secret.objects)
        (objects if plan.token.source == "externalSecret" else extra).append(moved)
    listed = [manifest.path.removeprefix(f"{FOLDER}/") for manifest in objects]
    return [kustomization.prefetch(listed, plan.namespace, generated), *objects, *extra]


def _spec(plan: Plan, asked: Prefetch) -> dict[str, Any]:
    weights = plan.weights
    root = "/bucket" if weights.type == "gcs" else MOUNT
    own = plan.server.env
    container = {
        "name": "prefetch",
        "image": plan.image.reference,
        "command": ["python3", "-c", literal(resources.read(*SCRIPT).decode())],
        "env": [
            environment.value("MODEL", plan.model.id),
            environment.value("REVISION", plan.model.revision or "main"),
            environment.value("TARGET", f"{root}/{weights.path}".rstrip("/")),
            environment.value("SKIPPED_SUFFIXES", _skipped(plan)),
            environment.token(plan),
            *(environment.value(item, own[item]) for item in _HUB_VARIABLES if item in own),
        ],
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {"requests": dict(facts.defaults().sidecars["prefetch"])},
        "volumeMounts": [{"name": "weights", "mountPath": root}],
    }
    volume = (
        storage.writable_bucket("weights", weights.bucket)
        if weights.type == "gcs"
        else {"name": "weights", "persistentVolumeClaim": {"claimName": asked.claim}}
    )
    pod: dict[str, Any] = {
        "serviceAccountName": name(plan),
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "enableServiceLinks": False,
        **({"nodeSelector": dict(asked.node_selector)} if asked.node_selector else {}),
        "containers": [container],
        "volumes": [volume],
    }
    fuse = storage.GCS_ANNOTATIONS if weights.type == "gcs" else {}
    annotations = {**fuse, "cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
    return {
        # A run that fails is taken up by the next pod; one whose node is lost does not count.
        "backoffLimit": 4,
        "podFailurePolicy": {
            "rules": [
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
            ]
        },
        # Two pods at the same time would write the same files.
        "podReplacementPolicy": "Failed",
        "template": {
            "metadata": {"labels": labels(plan, "prefetch"), "annotations": annotations},
            "spec": pod,
        },
    }


def _skipped(plan: Plan) -> str:
    """Return the suffixes of files that are left out; none where the server reads another format."""
    asked = plan.server.value("load-format") or "auto"
    return " ".join(OTHER_FORMATS) if asked in _READS_SAFETENSORS else ""
