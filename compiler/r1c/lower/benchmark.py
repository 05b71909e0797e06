"""The benchmark Job: one pod for each point, one after another.

A pod waits for the server, warms it up, runs vLLM's own serving benchmark against it, and keeps the
result with a record of what was measured.
"""

from __future__ import annotations

import json
from typing import Any

from r1c.facts import bench_client, vllm
from r1c.lower import environment, flags, storage
from r1c.lower.bundle import Manifest
from r1c.lower.labels import labels, metadata
from r1c.lower.templates import render
from r1c.lower.templates.escape import literal
from r1c.resolve.plan import Plan, Point

PATH = "benchmark/job.yaml"
KEEP_SECONDS = 86400
CLIENT_KEY = "OPENAI_API_KEY"
"""The variable from which vLLM's benchmark, in every release, takes the key that it sends."""
DIGEST_DIGITS = 12
"""Digits of the profile's digest in the results' folder: enough to tell profiles apart, short enough to read.
"""


def job_name(plan: Plan) -> str:
    """Return the Job's name."""
    return f"{plan.name}-benchmark"


def results(plan: Plan) -> str:
    """Return the folder of the bucket mount that has the results of all profiles of this name."""
    return f"{plan.storage.mount_path.rstrip('/')}/r1c/{plan.name}"


def manifest(plan: Plan) -> Manifest:
    """Return benchmark/job.yaml: an index for each point, each a pod without a GPU in the server's image."""
    container: dict[str, Any] = {
        "name": "benchmark",
        "image": plan.image.reference,
        "command": ["bash", "-c", _script(plan), "benchmark"],
        "args": [literal(argument) for argument in flags.benchmark(plan)],
        "env": [
            environment.value("SERVICE", plan.service.name),
            environment.value("PORT", str(plan.service.port)),
            environment.value("RESULTS", f"{results(plan)}/{plan.digest[:DIGEST_DIGITS]}"),
            environment.value("STARTUP_SECONDS", str(plan.ready_seconds)),
            environment.value("METADATA", _recorded(plan)),
            environment.field("JOB_UID", "metadata.labels['batch.kubernetes.io/controller-uid']"),
            *([environment.token(plan)] if plan.weights.on_hub else []),
            environment.value("HF_HOME", "/cache/huggingface"),
            *([environment.secret(CLIENT_KEY, api_key)] if (api_key := plan.server.api_key) else []),
        ],
        # What kubectl describe shows of a point that failed: the last lines of its log.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        # A client that waits for a core would measure itself, and so would one at a CPU limit: there is none.
        "resources": {"requests": bench_client.resources()},
        "volumeMounts": [
            {"name": "cache", "mountPath": "/cache"},
            {"name": "gcs", "mountPath": plan.storage.mount_path},
            # For the tokenizer.
            *storage.weights_mount(plan),
        ],
    }
    # A point that hangs leaves the others their time.
    sweep = len(plan.benchmark.points) > 1
    deadline = {"activeDeadlineSeconds": plan.benchmark.point_deadline_seconds} if sweep else {}
    pod = {
        "serviceAccountName": plan.service_account,
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        **deadline,
        "enableServiceLinks": False,
        "containers": [container],
        "volumes": [
            {"name": "cache", "emptyDir": {}},
            storage.bucket(plan, host_network=False),
            *storage.weights(plan, host_network=False, cached=False),
        ],
    }
    template = {
        "metadata": {
            "labels": labels(plan, "benchmark"),
            # An autoscaler that empties the node would end a point that is being measured.
            "annotations": storage.GCS_ANNOTATIONS
            | {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
        },
        "spec": pod,
    }
    spec = {
        "completions": len(plan.benchmark.points),
        # Two points at the same time would disturb each other.
        "parallelism": 1,
        "completionMode": "Indexed",
        # Without it, the Job would never end if the server hangs.
        "activeDeadlineSeconds": plan.benchmark.deadline_seconds,
        # A point that fails is not tried again, and does not keep the others from running; a pod that its
        # node lost does not count as a failure of the point.
        "backoffLimitPerIndex": 0,
        "podFailurePolicy": {
            "rules": [
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
            ]
        },
        "ttlSecondsAfterFinished": KEEP_SECONDS,
        "template": template,
    }
    kind = {"apiVersion": "batch/v1", "kind": "Job"}
    return Manifest(PATH, ({**kind, "metadata": metadata(plan, job_name(plan), "benchmark"), "spec": spec},))


def _script(plan: Plan) -> str:
    points = [
        {
            "measured": flags.measured(point),
            "warmup": flags.warmup(plan, point) if plan.benchmark.warmup else [],
        }
        for point in plan.benchmark.points
    ]
    client = bench_client.client(plan.server.release)
    return render("benchmark.sh.j2", workdir=vllm.workdir(), client=client.command, points=points)


def _recorded(plan: Plan) -> str:
    """Return what a result depends on (evidence.md, BEN008), as JSON; the Job adds what only a run knows.

    The digest identifies the profile, and through the lock the r1c version that compiled it.
    """
    recorded = {
        "recipe": plan.name,
        "profileDigest": plan.digest,
        "platform": plan.platform.id,
        "image": plan.image.reference,
        "vllm": plan.server.version,
        "serverArgs": flags.serve(plan),
        **({} if plan.weights.on_hub else {"weights": plan.weights.address}),
        "replicas": plan.group.replicas,
        "clientArgs": flags.benchmark(plan),
        "points": [_point(point) for point in plan.benchmark.points],
    }
    # A line for each entry, so that a diff shows which one changed.
    return json.dumps(recorded, indent=1, ensure_ascii=False) + "\n"


def _point(point: Point) -> dict[str, Any]:
    described: dict[str, Any] = {"name": point.name, "dataset": point.dataset, "prompts": point.prompts}
    if point.dataset == "random":
        described |= {"inputLen": point.input_len, "outputLen": point.output_len}
    if point.concurrency:
        described["concurrency"] = point.concurrency
    if point.request_rate:
        described["requestRate"] = point.request_rate
    return {**described, "args": flags.measured(point)}
