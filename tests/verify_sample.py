"""A good bundle of our own writing, made by small functions."""

from __future__ import annotations

import json
from typing import Any

from r1c.lower.bundle import Bundle, Manifest, Text

Object = dict[str, Any]

NAME = "deepseek-r1-a3mega"
REPOSITORY = "us-central1-docker.pkg.dev/my-project/my-repo/vllm-openai"
IMAGE = f"{REPOSITORY}:v0.7.3"
TCPXO = "us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo"
TOKEN = "hf_" + "a1B2" * 9
INDEX = "metadata.labels['leaderworkerset.sigs.k8s.io/worker-index']"


def labels(component: str) -> Object:
    return {"app.kubernetes.io/instance": NAME, "app.kubernetes.io/component": component}


def metadata(name: str) -> Object:
    return {"name": name, "namespace": "llm", "labels": labels("serving")}


def secret_variable() -> Object:
    return {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf-secret", "key": "hf_api_token"}}}


def mount(name: str, path: str) -> Object:
    return {"name": name, "mountPath": path}


def pod_annotations() -> Object:
    networks = ["default", "vpc1", "vpc2"]
    interfaces = [{"interfaceName": f"eth{index}", "network": name} for index, name in enumerate(networks)]
    return {
        "gke-gcsfuse/volumes": "true",
        "devices.gke.io/container.tcpxo-daemon": "- path: /dev/nvidia0\n- path: /dev/nvidiactl\n",
        "networking.gke.io/default-interface": "eth0",
        "networking.gke.io/interfaces": json.dumps(interfaces),
    }


def server(role: str) -> Object:
    container: Object = {
        "name": f"vllm-{role}",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["bash", "-c", f"set -euo pipefail\nbash /vllm-workspace/ray_init.sh {role}\n"],
        "env": [
            secret_variable(),
            {"name": "VLLM_HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "LWS_WORKER_INDEX", "valueFrom": {"fieldRef": {"fieldPath": INDEX}}},
            {"name": "NCCL_DEBUG", "value": "VERSION"},
        ],
        "resources": {"limits": {"nvidia.com/gpu": 8}, "requests": {"nvidia.com/gpu": 8}},
        "volumeMounts": [
            mount("plugin", "/usr/local/nccl-plugin"),
            mount("shm", "/dev/shm"),
            mount("bucket", "/gcs"),
        ],
    }
    if role == "leader":
        health = {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 10}
        container |= {
            "ports": [{"name": "http", "containerPort": 8000}],
            "startupProbe": {**health, "failureThreshold": 360},
            "readinessProbe": health,
        }
    return container


def pod_template(role: str) -> Object:
    return {
        "metadata": {"labels": labels(role), "annotations": pod_annotations()},
        "spec": {
            "serviceAccountName": NAME,
            "enableServiceLinks": False,
            "restartPolicy": "Always",
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
            "volumes": [
                {"name": "plugin", "emptyDir": {}},
                {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "250Gi"}},
                {"name": "sys", "hostPath": {"path": "/sys"}},
                {
                    "name": "bucket",
                    "csi": {
                        "driver": "gcsfuse.csi.storage.gke.io",
                        "volumeAttributes": {"bucketName": "my-bucket"},
                    },
                },
            ],
            "initContainers": [
                {
                    "name": "nccl-plugin-installer",
                    "image": f"{TCPXO}/nccl-plugin-gpudirecttcpx-dev:v1.0.8-1",
                    "volumeMounts": [mount("plugin", "/usr/local/nccl-plugin")],
                },
                {
                    "name": "tcpxo-daemon",
                    "image": f"{TCPXO}/tcpgpudmarxd-dev:v1.0.14",
                    "restartPolicy": "Always",
                    "securityContext": {"capabilities": {"add": ["NET_ADMIN", "NET_BIND_SERVICE"]}},
                    "volumeMounts": [mount("sys", "/hostsysfs")],
                },
            ],
            "containers": [server(role)],
        },
    }


def leaderworkerset() -> Object:
    return {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": metadata(NAME),
        "spec": {
            "replicas": 1,
            "startupPolicy": "LeaderCreated",
            "rolloutStrategy": {
                "type": "RollingUpdate",
                "rollingUpdateConfiguration": {"maxUnavailable": 1, "maxSurge": 0},
            },
            "networkConfig": {"subdomainPolicy": "Shared"},
            "leaderWorkerTemplate": {
                "size": 2,
                "restartPolicy": "RecreateGroupOnPodRestart",
                "leaderTemplate": pod_template("leader"),
                "workerTemplate": pod_template("worker"),
            },
        },
    }


def service() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(f"{NAME}-svc"),
        "spec": {
            "type": "ClusterIP",
            "selector": {
                "leaderworkerset.sigs.k8s.io/name": NAME,
                "leaderworkerset.sigs.k8s.io/worker-index": "0",
            },
            "ports": [{"name": "http", "port": 8000, "targetPort": "http"}],
        },
    }


def serviceaccount() -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(NAME)}


def kustomization(*resources: str) -> Object:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(resources),
    }


def serving_kustomization() -> Object:
    generator = {
        "name": "hf-secret",
        "namespace": "llm",
        "envs": ["hf-secret.env"],
        "type": "Opaque",
        "options": {"disableNameSuffixHash": True},
    }
    return kustomization("serviceaccount.yaml", "leaderworkerset.yaml", "service.yaml") | {
        "configurations": ["kustomizeconfig.yaml"],
        "openapi": {"path": "kustomizeschema.yaml"},
        "secretGenerator": [generator],
    }


def kustomizeconfig() -> Object:
    return {"replicas": [{"path": "spec/replicas", "kind": "LeaderWorkerSet", "create": True}]}


def job() -> Object:
    container = {
        "name": "benchmark",
        "image": IMAGE,
        "env": [secret_variable(), {"name": "SERVICE", "value": f"{NAME}-svc"}],
        "command": ["bash", "/vllm-workspace/benchmark.sh"],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(f"{NAME}-benchmark"),
        "spec": {
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": 43200,
            "template": {
                "metadata": {"labels": labels("benchmark")},
                "spec": {"restartPolicy": "Never", "enableServiceLinks": False, "containers": [container]},
            },
        },
    }


def cloudbuild() -> Object:
    return {
        "steps": [
            {
                "name": "gcr.io/cloud-builders/docker",
                "args": [
                    "build",
                    "--tag=${_REPOSITORY}/vllm-openai:${_VERSION}",
                    "--build-arg=VERSION=${_VERSION}",
                    ".",
                ],
            }
        ],
        "images": ["${_REPOSITORY}/vllm-openai:${_VERSION}"],
        "substitutions": {"_REPOSITORY": REPOSITORY.rpartition("/")[0], "_VERSION": "v0.7.3"},
        "timeout": "7200s",
        "options": {"machineType": "E2_HIGHCPU_32", "diskSizeGb": 1000},
    }


DOCKERFILE = """\
ARG VERSION
FROM vllm/vllm-openai:${VERSION}
WORKDIR /vllm-workspace
COPY --chmod=755 ray_init.sh /vllm-workspace/ray_init.sh
COPY benchmark.sh ./
"""


def good() -> dict[str, Any]:
    """Return the files of a good bundle by path: an object, or the text of a file that is text."""
    return {
        "kustomization.yaml": serving_kustomization(),
        ".gitignore": "/hf-secret.env\n",
        "kustomizeconfig.yaml": kustomizeconfig(),
        "kustomizeschema.yaml": {"definitions": {"io.x-k8s.leaderworkerset.v1.LeaderWorkerSet": {}}},
        "serviceaccount.yaml": serviceaccount(),
        "leaderworkerset.yaml": leaderworkerset(),
        "service.yaml": service(),
        "benchmark/kustomization.yaml": kustomization("job.yaml"),
        "benchmark/job.yaml": job(),
        "image/cloudbuild.yaml": cloudbuild(),
        "image/Dockerfile": DOCKERFILE,
        "image/ray_init.sh": "#!/usr/bin/env bash\n",
        "image/benchmark.sh": "#!/usr/bin/env bash\n",
    }


def bundle(files: dict[str, Any]) -> Bundle:
    return Bundle(
        "profile.yaml",
        tuple(
            Text(path, content) if isinstance(content, str) else Manifest(path, (content,))
            for path, content in files.items()
        ),
    )
