"""A recipe's directory of our own writing, and overlays over it, built by the real `kubectl kustomize`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from r1c.emit.yaml import documents
from r1c.lower import kustomization
from r1c.lower.bundle import Manifest

Test = TypeVar("Test", bound=Callable[..., None])

REPO = Path(__file__).resolve().parents[1]


def kubectl(test: Test) -> Test:
    """Mark a test that runs kubectl; it is skipped where there is none."""
    missing = shutil.which("kubectl") is None
    marked: Test = pytest.mark.kubectl(pytest.mark.skipif(missing, reason="kubectl is not installed")(test))
    return marked


NAME = "deepseek-r1-a3mega"
NAMESPACE = "llm"
VLLM = "us-central1-docker.pkg.dev/my-project/my-repo/vllm-openai"
RXDM = "us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/tcpgpudmarxd-dev"
LWS_NAME = "leaderworkerset.sigs.k8s.io/name"
LWS_INDEX = "leaderworkerset.sigs.k8s.io/worker-index"

Object = dict[str, Any]


def labels(name: str, component: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "vllm",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/component": component,
    }


def metadata(name: str, recipe: str, namespace: str) -> Object:
    return {"name": name, "namespace": namespace, "labels": labels(recipe, "serving")}


def token(secret: str = "hf-secret") -> Object:
    return {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": secret, "key": "hf_api_token"}}}


def template(recipe: str, role: str) -> Object:
    return {
        "metadata": {
            "labels": labels(recipe, "serving"),
            "annotations": {"networking.gke.io/interfaces": "[]"},
        },
        "spec": {
            "serviceAccountName": recipe,
            "initContainers": [
                {
                    "name": "nccl-plugin-installer",
                    "image": "us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/nccl:v1",
                },
                {"name": "tcpxo-daemon", "image": f"{RXDM}:v1.0.14", "restartPolicy": "Always"},
            ],
            "containers": [
                {
                    "name": f"vllm-{role}",
                    "image": f"{VLLM}:v0.7.3",
                    "env": [token(), {"name": "NCCL_DEBUG", "value": "VERSION"}],
                    "resources": {"limits": {"nvidia.com/gpu": "8"}},
                    "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}],
                }
            ],
            "volumes": [{"name": "shm", "emptyDir": {"medium": "Memory"}}],
        },
    }


def leaderworkerset(name: str, namespace: str) -> Object:
    return {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": metadata(name, name, namespace),
        "spec": {
            "replicas": 1,
            "leaderWorkerTemplate": {
                "size": 2,
                "leaderTemplate": template(name, "leader"),
                "workerTemplate": template(name, "worker"),
            },
        },
    }


def service(name: str, namespace: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(f"{name}-svc", name, namespace),
        "spec": {
            "selector": {LWS_NAME: name, LWS_INDEX: "0"},
            "ports": [{"name": "http", "port": 8000, "targetPort": 8000}],
        },
    }


def service_account(name: str, namespace: str) -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(name, name, namespace)}


def job(name: str, namespace: str) -> Object:
    """The benchmark. Some of its variables hold names of objects that are no Services."""
    env = [
        token(),
        {"name": "SERVICE", "value": f"{name}-svc"},
        {"name": "MODEL", "value": "deepseek-ai/DeepSeek-R1"},
        {"name": "RECIPE", "value": name},
        {"name": "SECRET", "value": "hf-secret"},
        {"name": "URL", "value": f"http://{name}-svc:8000"},
        {"name": "EMPTY"},
    ]
    container = {"name": "benchmark", "image": f"{VLLM}:v0.7.3", "env": env, "args": [f"{name}-svc"]}
    spec = {"serviceAccountName": name, "restartPolicy": "Never", "containers": [container]}
    pod = {"metadata": {"labels": labels(name, "benchmark")}, "spec": spec}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(f"{name}-benchmark", name, namespace),
        "spec": {"backoffLimit": 0, "template": pod},
    }


def external_secret(name: str, namespace: str) -> Object:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": metadata("hf-secret", name, namespace),
        "spec": {
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "gcp-secret-manager"},
            "target": {"name": "hf-secret"},
            "data": [{"secretKey": "hf_api_token", "remoteRef": {"key": "hf-secret"}}],
        },
    }


def write(path: Path, *objects: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump_all(objects, sort_keys=False), encoding="utf-8")


def write_recipe(folder: Path, source: str = "envFile", name: str = NAME, namespace: str = NAMESPACE) -> None:
    """Write a recipe as r1c lays it out: the files of kustomization.py and a sample of the others."""
    files = {
        "serviceaccount.yaml": service_account(name, namespace),
        "leaderworkerset.yaml": leaderworkerset(name, namespace),
        "service.yaml": service(name, namespace),
    }
    if source == "externalSecret":
        files["external-secret.yaml"] = external_secret(name, namespace)
    secret = None
    if source == "envFile":
        secret = kustomization.EnvSecret("hf-secret", "hf-secret.env", labels(name, "serving"))
        folder.mkdir(parents=True)
        (folder / "hf-secret.env").write_text("hf_api_token=hf_not_a_token\n", encoding="utf-8")
    for path, value in files.items():
        write(folder / path, value)
    write(folder / "benchmark/job.yaml", job(name, namespace))
    manifests: list[Manifest] = [
        kustomization.serving(list(files), namespace, secret),
        kustomization.benchmark(["job.yaml"]),
    ]
    texts = {manifest.path: documents(manifest.objects) for manifest in manifests}
    texts |= {file.path: file.content for file in kustomization.constant_files()}
    for path, text in texts.items():
        (folder / path).write_text("# Generated by r1c\n" + text, encoding="utf-8")


def build(folder: Path) -> list[Object]:
    """Build a kustomization; the test fails with kubectl's own words."""
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def overlay(folder: Path, resources: list[str], **fields: Any) -> list[Object]:
    """Write an overlay and build it."""
    write(folder / "kustomization.yaml", {"resources": resources, **fields})
    return build(folder)


def find(objects: list[Object], kind: str, name: str | None = None) -> Object:
    (found,) = [o for o in objects if o["kind"] == kind and name in (None, o["metadata"]["name"])]
    return found


def pods(lws: Object) -> tuple[Object, Object]:
    group = lws["spec"]["leaderWorkerTemplate"]
    return group["leaderTemplate"], group["workerTemplate"]


def variables(pod: Object) -> dict[str, Any]:
    (container,) = pod["spec"]["containers"]
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container["env"]}


def secret_of(pod: Object) -> str:
    return str(variables(pod)["HF_TOKEN"]["secretKeyRef"]["name"])


def images(pod: Object) -> dict[str, str]:
    spec = pod["spec"]
    return {
        container["name"]: container["image"] for container in spec["initContainers"] + spec["containers"]
    }


def assert_coherent(objects: list[Object], secret: str, prefix: str = "", suffix: str = "") -> None:
    """The references of one recipe with its benchmark hold; `secret` is the Secret's name after the build."""
    name = f"{prefix}{NAME}{suffix}"
    lws, svc, bench = (find(objects, kind) for kind in ("LeaderWorkerSet", "Service", "Job"))
    leader, worker = pods(lws)
    assert lws["metadata"]["name"] == name
    selector = dict(svc["spec"]["selector"])
    assert (selector.pop(LWS_NAME), selector.pop(LWS_INDEX)) == (name, "0")
    assert selector.items() <= leader["metadata"]["labels"].items()
    assert not {LWS_NAME, LWS_INDEX} & {*leader["metadata"]["labels"], *worker["metadata"]["labels"]}
    assert find(objects, "ServiceAccount")["metadata"]["name"] == name
    for pod in (leader, worker, bench["spec"]["template"]):
        assert pod["spec"]["serviceAccountName"] == name
        assert secret_of(pod) == secret
    assert variables(bench["spec"]["template"]) | {"HF_TOKEN": None} == {
        "HF_TOKEN": None,
        "SERVICE": svc["metadata"]["name"],
        "MODEL": "deepseek-ai/DeepSeek-R1",
        "RECIPE": NAME,
        "SECRET": "hf-secret",
        "URL": f"http://{NAME}-svc:8000",
        "EMPTY": None,
    }
    assert len({o["metadata"]["namespace"] for o in objects}) == 1
    assert images(leader)["vllm-leader"] == images(worker)["vllm-worker"]


def lws_patch(spec: Object, **fields: Any) -> dict[str, str]:
    return patch(
        "leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", NAME, spec={"leaderWorkerTemplate": spec}, **fields
    )


def patch(api: str, kind: str, name: str, namespace: str | None = NAMESPACE, **fields: Any) -> dict[str, str]:
    where = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"patch": yaml.safe_dump({"apiVersion": api, "kind": kind, "metadata": where, **fields})}


# The files themselves
