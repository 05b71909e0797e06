"""The benchmark Job: waits for the server, runs vLLM's own serving benchmark against it, keeps the result."""

from __future__ import annotations

from typing import Any

from r1c.bundle import Manifest
from r1c.facts import vllm
from r1c.lower import environment, flags, storage
from r1c.lower.escape import literal
from r1c.lower.labels import labels, metadata
from r1c.plan import Plan
from r1c.templates import render

PATH = "benchmark/job.yaml"
KEEP_SECONDS = 86400


def job_name(plan: Plan) -> str:
    """Return the Job's name."""
    return f"{plan.name}-benchmark"


def results(plan: Plan) -> str:
    """Return the folder of the bucket mount that results go to."""
    return f"{plan.storage.mount_path.rstrip('/')}/r1c/{plan.name}"


def manifest(plan: Plan) -> Manifest:
    """Return benchmark/job.yaml: one pod without a GPU, in the server's image, tried once."""
    script = render(
        "benchmark.sh.j2", workdir=vllm.workdir(), command=vllm.benchmark_command(plan.server.release)
    )
    container: dict[str, Any] = {
        "name": "benchmark",
        "image": plan.image.reference,
        "command": ["bash", "-c", script, "benchmark"],
        "args": [literal(argument) for argument in flags.benchmark(plan)],
        "env": [
            environment.value("SERVICE", plan.service.name),
            environment.value("PORT", str(plan.service.port)),
            environment.value("RESULTS", results(plan)),
            environment.value("STARTUP_SECONDS", str(plan.startup_seconds)),
            environment.token(plan),
            environment.value("HF_HOME", "/cache/huggingface"),
        ],
        "volumeMounts": [
            {"name": "cache", "mountPath": "/cache"},
            {"name": "gcs", "mountPath": plan.storage.mount_path},
        ],
    }
    pod = {
        "serviceAccountName": plan.service_account,
        "restartPolicy": "Never",
        "enableServiceLinks": False,
        "containers": [container],
        "volumes": [{"name": "cache", "emptyDir": {}}, storage.bucket(plan, host_network=False)],
    }
    template = {
        "metadata": {"labels": labels(plan, "benchmark"), "annotations": dict(storage.GCS_ANNOTATIONS)},
        "spec": pod,
    }
    # A second try would measure a server whose caches the first one has filled.
    spec = {"backoffLimit": 0, "ttlSecondsAfterFinished": KEEP_SECONDS, "template": template}
    kind = {"apiVersion": "batch/v1", "kind": "Job"}
    return Manifest(PATH, ({**kind, "metadata": metadata(plan, job_name(plan), "benchmark"), "spec": spec},))
