"""Overlays over a recipe of our own writing, built by the real `kubectl kustomize`."""

from __future__ import annotations

import copy
import importlib.util
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from r1c import pipeline
from r1c.emit import documents
from r1c.lower import kustomization
from r1c.lower.bundle import Manifest

Test = TypeVar("Test", bound=Callable[..., None])

REPO = Path(__file__).resolve().parents[2]


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
        kustomization.configuration(),
        kustomization.schema(),
    ]
    for manifest in manifests:
        text = "# Generated by r1c\n" + documents(manifest.objects)
        (folder / manifest.path).write_text(text, encoding="utf-8")


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


@pytest.fixture
def recipe(tmp_path: Path) -> list[str]:
    """A recipe with an envFile Secret: the resources of an overlay over its serving and benchmark bases."""
    write_recipe(tmp_path / "out" / NAME)
    return [f"../out/{NAME}", f"../out/{NAME}/benchmark"]


def lws_patch(spec: Object, **fields: Any) -> dict[str, str]:
    return patch(
        "leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", NAME, spec={"leaderWorkerTemplate": spec}, **fields
    )


def patch(api: str, kind: str, name: str, namespace: str | None = NAMESPACE, **fields: Any) -> dict[str, str]:
    where = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"patch": yaml.safe_dump({"apiVersion": api, "kind": kind, "metadata": where, **fields})}


# The files themselves


def test_serving_with_an_env_file() -> None:
    secret = kustomization.EnvSecret("hf-secret", "hf-secret.env", {"app.kubernetes.io/name": "vllm"})
    manifest = kustomization.serving(["serviceaccount.yaml", "service.yaml"], "llm", secret)
    assert manifest.path == "kustomization.yaml"
    assert documents(manifest.objects) == (
        "apiVersion: kustomize.config.k8s.io/v1beta1\n"
        "kind: Kustomization\n"
        "resources:\n"
        "- serviceaccount.yaml\n"
        "- service.yaml\n"
        "configurations:\n"
        "- kustomizeconfig.yaml\n"
        "openapi:\n"
        "  path: kustomizeschema.yaml\n"
        "secretGenerator:\n"
        "- name: hf-secret\n"
        "  namespace: llm\n"
        "  envs:\n"
        "  - hf-secret.env\n"
        "  type: Opaque\n"
        "  options:\n"
        "    disableNameSuffixHash: true\n"
        "    labels:\n"
        "      app.kubernetes.io/name: vllm\n"
    )


def test_serving_without_an_env_file_generates_nothing() -> None:
    (written,) = kustomization.serving(["service.yaml"], "llm", None).objects
    assert list(written) == ["apiVersion", "kind", "resources", "configurations", "openapi"]


def test_benchmark_stands_alone() -> None:
    manifest = kustomization.benchmark(["job.yaml"])
    assert manifest.path == "benchmark/kustomization.yaml"
    assert documents(manifest.objects) == (
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- job.yaml\n"
    )


def test_every_reference_in_the_schema_has_its_definition() -> None:
    (written,) = kustomization.schema().objects
    text = json.dumps(written)
    names = {part.split('"')[0] for part in text.split("#/definitions/")[1:]}
    assert names - set(written["definitions"]) == set()
    assert set(written["definitions"]) - names == {
        name for name, schema in written["definitions"].items() if "x-kubernetes-group-version-kind" in schema
    }


def test_the_schema_has_the_built_in_kinds() -> None:
    (written,) = kustomization.schema().objects
    found = [
        (kind["group"], kind["version"], kind["kind"])
        for schema in written["definitions"].values()
        for kind in schema.get("x-kubernetes-group-version-kind", [])
    ]
    assert len(found) == len(set(found))
    assert {
        ("", "v1", "Pod"),
        ("", "v1", "PodTemplate"),
        ("", "v1", "ReplicationController"),
        ("", "v1", "Service"),
        ("", "v1", "ServiceAccount"),
        ("", "v1", "Node"),
        ("", "v1", "ConfigMap"),
        ("apps", "v1", "DaemonSet"),
        ("apps", "v1", "Deployment"),
        ("apps", "v1", "ReplicaSet"),
        ("apps", "v1", "StatefulSet"),
        ("autoscaling", "v2", "HorizontalPodAutoscaler"),
        ("batch", "v1", "CronJob"),
        ("batch", "v1", "Job"),
        ("networking.k8s.io", "v1", "Ingress"),
        ("networking.k8s.io", "v1", "NetworkPolicy"),
        ("leaderworkerset.x-k8s.io", "v1", "LeaderWorkerSet"),
    } <= set(found)


def test_the_data_file_is_what_the_tool_makes() -> None:
    pytest.importorskip("kubernetes_validate")
    spec = importlib.util.spec_from_file_location("kustomize_schema", REPO / "tools" / "kustomize_schema.py")
    assert spec
    assert spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.build() == (REPO / "compiler/r1c/kustomize_schema.json").read_text(encoding="utf-8")


# Overlays


@kubectl
def test_the_base_builds_to_the_objects_as_they_are(tmp_path: Path) -> None:
    write_recipe(tmp_path / "out", "existing")
    built = build(tmp_path / "out")
    assert find(built, "LeaderWorkerSet") == leaderworkerset(NAME, NAMESPACE)
    assert find(built, "Service") == service(NAME, NAMESPACE)
    assert build(tmp_path / "out/benchmark") == [job(NAME, NAMESPACE)]


@kubectl
def test_name_prefix_and_suffix(tmp_path: Path, recipe: list[str]) -> None:
    built = overlay(tmp_path / "prod", recipe, namePrefix="prod-", nameSuffix="-a")
    assert_coherent(built, "prod-hf-secret-a", "prod-", "-a")
    assert find(built, "Service")["metadata"]["name"] == f"prod-{NAME}-svc-a"


@kubectl
def test_the_benchmark_may_come_first(tmp_path: Path, recipe: list[str]) -> None:
    assert_coherent(overlay(tmp_path / "prod", recipe[::-1], namePrefix="prod-"), "prod-hf-secret", "prod-")


@kubectl
def test_the_benchmark_alone_keeps_the_names_of_what_it_does_not_bring(
    tmp_path: Path, recipe: list[str]
) -> None:
    (built,) = overlay(tmp_path / "prod", recipe[1:], namePrefix="prod-")
    pod = built["spec"]["template"]
    assert built["metadata"]["name"] == f"prod-{NAME}-benchmark"
    assert pod == job(NAME, NAMESPACE)["spec"]["template"]


@kubectl
def test_namespace(tmp_path: Path, recipe: list[str]) -> None:
    built = overlay(tmp_path / "prod", recipe, namespace="elsewhere")
    assert_coherent(built, "hf-secret")
    assert {o["metadata"]["namespace"] for o in built} == {"elsewhere"}


@kubectl
def test_images_change_in_leader_worker_and_benchmark_alone(tmp_path: Path, recipe: list[str]) -> None:
    before = images(template(NAME, "leader"))
    built = overlay(
        tmp_path / "prod", recipe, images=[{"name": VLLM, "newName": "mirror/vllm", "newTag": "v0.8.5"}]
    )
    assert_coherent(built, "hf-secret")
    leader, worker = pods(find(built, "LeaderWorkerSet"))
    assert images(leader) == before | {"vllm-leader": "mirror/vllm:v0.8.5"}
    assert images(worker)["vllm-worker"] == "mirror/vllm:v0.8.5"
    (container,) = find(built, "Job")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "mirror/vllm:v0.8.5"


@kubectl
def test_the_image_of_an_init_container(tmp_path: Path, recipe: list[str]) -> None:
    digest = "sha256:" + "0" * 64
    built = overlay(tmp_path / "prod", recipe, images=[{"name": RXDM, "digest": digest}])
    leader, worker = pods(find(built, "LeaderWorkerSet"))
    assert images(leader) == images(template(NAME, "leader")) | {"tcpxo-daemon": f"{RXDM}@{digest}"}
    assert images(worker) == images(template(NAME, "worker")) | {"tcpxo-daemon": f"{RXDM}@{digest}"}


@kubectl
def test_replicas(tmp_path: Path, recipe: list[str]) -> None:
    built = overlay(tmp_path / "prod", recipe, namePrefix="prod-", replicas=[{"name": NAME, "count": 3}])
    assert_coherent(built, "prod-hf-secret", "prod-")
    assert find(built, "LeaderWorkerSet")["spec"]["replicas"] == 3


@kubectl
@pytest.mark.parametrize("include", [{"includeSelectors": True}, {"includeTemplates": True}])
def test_labels(tmp_path: Path, recipe: list[str], include: dict[str, bool]) -> None:
    built = overlay(tmp_path / "prod", recipe, labels=[{"pairs": {"env": "prod"}, **include}])
    assert_coherent(built, "hf-secret")
    assert all(o["metadata"]["labels"]["env"] == "prod" for o in built)
    for pod in (*pods(find(built, "LeaderWorkerSet")), find(built, "Job")["spec"]["template"]):
        assert pod["metadata"]["labels"]["env"] == "prod"
    assert find(built, "Service")["spec"]["selector"].get("env") == (
        "prod" if "includeSelectors" in include else None
    )


@kubectl
def test_labels_of_the_objects_alone(tmp_path: Path, recipe: list[str]) -> None:
    built = overlay(tmp_path / "prod", recipe, labels=[{"pairs": {"env": "prod"}}])
    assert_coherent(built, "hf-secret")
    assert pods(find(built, "LeaderWorkerSet")) == (template(NAME, "leader"), template(NAME, "worker"))


@kubectl
def test_labels_make_no_leader_template(tmp_path: Path, recipe: list[str]) -> None:
    alone = leaderworkerset("small", NAMESPACE)
    del alone["spec"]["leaderWorkerTemplate"]["leaderTemplate"]
    write(tmp_path / "prod/small.yaml", alone)
    label = {"pairs": {"env": "prod"}, "includeSelectors": True}
    built = overlay(tmp_path / "prod", [*recipe, "small.yaml"], labels=[label])
    group = find(built, "LeaderWorkerSet", "small")["spec"]["leaderWorkerTemplate"]
    assert sorted(group) == ["size", "workerTemplate"]
    assert group["workerTemplate"]["metadata"]["labels"]["env"] == "prod"


@kubectl
def test_annotations_stay_off_the_pod_templates(tmp_path: Path, recipe: list[str]) -> None:
    built = overlay(tmp_path / "prod", recipe, commonAnnotations={"commit": "0a1b2c3"})
    assert_coherent(built, "hf-secret")
    assert all(o["metadata"]["annotations"] == {"commit": "0a1b2c3"} for o in built)
    assert pods(find(built, "LeaderWorkerSet")) == (template(NAME, "leader"), template(NAME, "worker"))


@kubectl
@pytest.mark.parametrize("role", ["leader", "worker"])
def test_a_strategic_patch_of_a_container_by_name(tmp_path: Path, recipe: list[str], role: str) -> None:
    container = {"name": f"vllm-{role}", "env": [{"name": "VLLM_LOGGING_LEVEL", "value": "DEBUG"}]}
    pod = {"spec": {"containers": [container]}}
    built = overlay(
        tmp_path / "prod", recipe, patches=[lws_patch({f"{role}Template": pod})], namePrefix="prod-"
    )
    assert_coherent(built, "prod-hf-secret", "prod-")
    lws = find(built, "LeaderWorkerSet")
    expected = {"leader": template(NAME, "leader"), "worker": template(NAME, "worker")}
    expected[role]["spec"]["containers"][0]["env"].insert(0, container["env"][0])
    for found, wanted in zip(pods(lws), expected.values(), strict=True):
        wanted["spec"]["serviceAccountName"] = f"prod-{NAME}"
        next(e for e in wanted["spec"]["containers"][0]["env"] if e["name"] == "HF_TOKEN").update(
            token("prod-hf-secret")
        )
        assert found == wanted


@kubectl
def test_a_strategic_patch_of_mounts_and_volumes(tmp_path: Path, recipe: list[str]) -> None:
    spec = {
        "containers": [{"name": "vllm-leader", "volumeMounts": [{"name": "hf", "mountPath": "/hf"}]}],
        "volumes": [{"name": "hf", "emptyDir": {}}],
    }
    built = overlay(tmp_path / "prod", recipe, patches=[lws_patch({"leaderTemplate": {"spec": spec}})])
    leader, _ = pods(find(built, "LeaderWorkerSet"))
    expected = template(NAME, "leader")["spec"]
    expected["containers"][0]["volumeMounts"].insert(0, {"name": "hf", "mountPath": "/hf"})
    expected["volumes"].insert(0, {"name": "hf", "emptyDir": {}})
    assert leader["spec"] == expected


@kubectl
def test_a_strategic_patch_puts_what_it_names_first(tmp_path: Path, recipe: list[str]) -> None:
    """So does kustomize with a Deployment; a patch that names all init containers keeps their order."""
    daemon = {"name": "tcpxo-daemon", "image": f"{RXDM}:v1.0.15"}
    orders = []
    for named in ([daemon], [{"name": "nccl-plugin-installer"}, daemon]):
        change = {"leaderTemplate": {"spec": {"initContainers": named}}}
        built = overlay(tmp_path / "prod", recipe, patches=[lws_patch(change)])
        leader, _ = pods(find(built, "LeaderWorkerSet"))
        before = template(NAME, "leader")["spec"]["initContainers"]
        before[1]["image"] = daemon["image"]
        assert sorted(leader["spec"]["initContainers"], key=str) == sorted(before, key=str)
        orders.append([container["name"] for container in leader["spec"]["initContainers"]])
    assert orders == [["tcpxo-daemon", "nccl-plugin-installer"], ["nccl-plugin-installer", "tcpxo-daemon"]]


@kubectl
def test_the_directives_of_a_strategic_patch(tmp_path: Path, recipe: list[str]) -> None:
    spec = {
        "initContainers": [{"name": "nccl-plugin-installer", "$patch": "delete"}],
        "containers": [{"name": "vllm-leader", "env": [{"$patch": "replace"}, token()]}],
    }
    built = overlay(tmp_path / "prod", recipe, patches=[lws_patch({"leaderTemplate": {"spec": spec}})])
    assert_coherent(built, "hf-secret")
    leader, worker = pods(find(built, "LeaderWorkerSet"))
    assert [container["name"] for container in leader["spec"]["initContainers"]] == ["tcpxo-daemon"]
    assert list(variables(leader)) == ["HF_TOKEN"]
    assert worker == template(NAME, "worker")


@kubectl
def test_a_strategic_patch_deletes_an_object(tmp_path: Path, recipe: list[str]) -> None:
    built = overlay(tmp_path / "prod", recipe, patches=[lws_patch({}, **{"$patch": "delete"})])
    assert sorted(o["kind"] for o in built) == ["Job", "Secret", "Service", "ServiceAccount"]


@kubectl
def test_a_json_patch(tmp_path: Path, recipe: list[str]) -> None:
    path = "/spec/leaderWorkerTemplate/leaderTemplate/spec/containers/0/env/-"
    operation = {"op": "add", "path": path, "value": {"name": "A", "value": "1"}}
    change = {"target": {"kind": "LeaderWorkerSet"}, "patch": json.dumps([operation])}
    built = overlay(tmp_path / "prod", recipe, patches=[change], namePrefix="prod-")
    assert_coherent(built, "prod-hf-secret", "prod-")
    leader, worker = pods(find(built, "LeaderWorkerSet"))
    assert list(variables(leader)) == ["HF_TOKEN", "NCCL_DEBUG", "A"]
    assert list(variables(worker)) == ["HF_TOKEN", "NCCL_DEBUG"]


@kubectl
def test_everything_at_once_in_an_overlay_of_an_overlay(tmp_path: Path, recipe: list[str]) -> None:
    container = {"name": "vllm-worker", "env": [{"name": "A", "value": "1"}]}
    overlay(
        tmp_path / "team",
        recipe,
        namePrefix="team-",
        labels=[{"pairs": {"team": "search"}, "includeSelectors": True}],
        images=[{"name": VLLM, "newTag": "v0.8.5"}],
        patches=[lws_patch({"workerTemplate": {"spec": {"containers": [container]}}})],
    )
    built = overlay(
        tmp_path / "prod",
        ["../team"],
        namePrefix="prod-",
        nameSuffix="-a",
        namespace="prod",
        labels=[{"pairs": {"env": "prod"}, "includeSelectors": True}],
        replicas=[{"name": NAME, "count": 2}],
        patches=[
            lws_patch({"leaderTemplate": {"spec": {"containers": [container | {"name": "vllm-leader"}]}}}),
        ],
    )
    assert_coherent(built, "prod-team-hf-secret-a", "prod-team-", "-a")
    lws = find(built, "LeaderWorkerSet")
    assert lws["spec"]["replicas"] == 2
    for pod in pods(lws):
        assert list(variables(pod)) == ["A", "HF_TOKEN", "NCCL_DEBUG"]
        assert pod["metadata"]["labels"] == labels(NAME, "serving") | {"team": "search", "env": "prod"}
    assert find(built, "Service")["spec"]["selector"] == {
        LWS_NAME: f"prod-team-{NAME}-a",
        LWS_INDEX: "0",
        "team": "search",
        "env": "prod",
    }


@kubectl
def test_two_recipes_in_one_overlay(tmp_path: Path) -> None:
    for name in (NAME, "llama"):
        write_recipe(tmp_path / "out" / name, "existing", name=name)
    resources = [f"../out/{name}{part}" for name in (NAME, "llama") for part in ("", "/benchmark")]
    built = overlay(
        tmp_path / "prod", resources, namePrefix="prod-", replicas=[{"name": "llama", "count": 4}]
    )
    for name in (NAME, "llama"):
        selector = find(built, "Service", f"prod-{name}-svc")["spec"]["selector"]
        assert selector[LWS_NAME] == f"prod-{name}"
        bench = find(built, "Job", f"prod-{name}-benchmark")["spec"]["template"]
        assert variables(bench)["SERVICE"] == f"prod-{name}-svc"
        assert bench["spec"]["serviceAccountName"] == f"prod-{name}"
    assert find(built, "LeaderWorkerSet", f"prod-{NAME}")["spec"]["replicas"] == 1
    assert find(built, "LeaderWorkerSet", "prod-llama")["spec"]["replicas"] == 4


@kubectl
def test_one_recipe_twice_under_two_prefixes(tmp_path: Path, recipe: list[str]) -> None:
    for prefix in ("blue-", "green-"):
        overlay(tmp_path / prefix, recipe, namePrefix=prefix)
    built = overlay(tmp_path / "both", ["../blue-", "../green-"], namespace="prod")
    for prefix in ("blue-", "green-"):
        assert_coherent(
            [o for o in built if o["metadata"]["name"].startswith(prefix)], f"{prefix}hf-secret", prefix
        )


# The sources of the Secret


@kubectl
def test_an_env_file_makes_the_secret_in_the_namespace_of_the_recipe(
    tmp_path: Path, recipe: list[str]
) -> None:
    built = overlay(tmp_path / "prod", recipe)
    assert find(built, "Secret") == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "hf-secret", "namespace": NAMESPACE, "labels": labels(NAME, "serving")},
        "type": "Opaque",
        "data": {"hf_api_token": "aGZfbm90X2FfdG9rZW4="},
    }


@kubectl
def test_an_existing_secret_keeps_its_name(tmp_path: Path) -> None:
    write_recipe(tmp_path / "out", "existing")
    built = overlay(tmp_path / "prod", ["../out", "../out/benchmark"], namePrefix="prod-")
    assert_coherent(built, "hf-secret", "prod-")


@kubectl
def test_an_external_secret_and_the_secret_it_makes_are_renamed_together(tmp_path: Path) -> None:
    write_recipe(tmp_path / "out", "externalSecret")
    built = overlay(tmp_path / "prod", ["../out", "../out/benchmark"], namePrefix="prod-", namespace="prod")
    assert_coherent(built, "prod-hf-secret", "prod-")
    external = find(built, "ExternalSecret")
    assert external["metadata"]["name"] == "prod-hf-secret"
    assert external["spec"] == external_secret(NAME, "prod")["spec"] | {"target": {"name": "prod-hf-secret"}}


@kubectl
def test_a_secret_that_the_user_lists(tmp_path: Path) -> None:
    write_recipe(tmp_path / "out", "existing")
    own = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hf-secret", "namespace": NAMESPACE}}
    write(tmp_path / "prod/secret.yaml", own)
    built = overlay(tmp_path / "prod", ["../out", "../out/benchmark", "secret.yaml"], namePrefix="prod-")
    assert_coherent(built, "prod-hf-secret", "prod-")


@kubectl
def test_a_generator_of_the_overlay_with_its_hash(tmp_path: Path) -> None:
    write_recipe(tmp_path / "out", "existing")
    generator = {"name": "hf-secret", "namespace": NAMESPACE, "literals": ["hf_api_token=hf_not_a_token"]}
    built = overlay(tmp_path / "prod", ["../out", "../out/benchmark"], secretGenerator=[generator])
    made = find(built, "Secret")["metadata"]["name"]
    assert made.startswith("hf-secret-")
    assert_coherent(built, made)


# What else an overlay may bring


@kubectl
def test_names_of_other_objects_are_followed(tmp_path: Path) -> None:
    write_recipe(tmp_path / "out", "existing")
    where = {"namespace": NAMESPACE}
    target = {"apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "name": NAME}
    write(
        tmp_path / "prod/more.yaml",
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "scale", **where},
            "spec": {"scaleTargetRef": target},
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", **where}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "pull", **where}},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "cache", **where}},
        {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}},
    )

    def pod_spec(role: str, prefix: str) -> Object:
        read = {"envFrom": [{"configMapRef": {"name": f"{prefix}settings"}}]}
        sources = [{"configMap": {"name": f"{prefix}settings"}}, {"secret": {"name": f"{prefix}pull"}}]
        return {
            "priorityClassName": f"{prefix}high",
            "imagePullSecrets": [{"name": f"{prefix}pull"}],
            "initContainers": [{"name": "tcpxo-daemon", **read}],
            "containers": [{"name": f"vllm-{role}", **read}],
            "volumes": [
                {"name": "cache", "persistentVolumeClaim": {"claimName": f"{prefix}cache"}},
                {"name": "settings", "configMap": {"name": f"{prefix}settings"}},
                {"name": "pull", "secret": {"secretName": f"{prefix}pull"}},
                {"name": "all", "projected": {"sources": sources}},
            ],
        }

    change = {f"{role}Template": {"spec": pod_spec(role, "")} for role in ("leader", "worker")}
    resources = ["../out", "../out/benchmark", "more.yaml"]
    built = overlay(tmp_path / "prod", resources, namePrefix="prod-", patches=[lws_patch(change)])
    lws = find(built, "LeaderWorkerSet")
    for role, pod in zip(("leader", "worker"), pods(lws), strict=True):
        spec, wanted = pod["spec"], pod_spec(role, "prod-")
        assert spec["priorityClassName"] == "prod-high"
        assert spec["imagePullSecrets"] == wanted["imagePullSecrets"]
        assert spec["volumes"] == [*wanted["volumes"], *template(NAME, role)["spec"]["volumes"]]
        assert spec["initContainers"][0]["envFrom"] == wanted["initContainers"][0]["envFrom"]
        assert spec["containers"][0]["envFrom"] == wanted["containers"][0]["envFrom"]
    assert find(built, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"] == target | {
        "name": f"prod-{NAME}"
    }


def pod_before() -> Object:
    container = {
        "name": "app",
        "image": "app:1",
        "env": [{"name": "A", "value": "1"}],
        "ports": [{"containerPort": 80, "protocol": "TCP"}],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "volumeDevices": [{"name": "disk", "devicePath": "/dev/xvda"}],
    }
    spread = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    return {
        "containers": [container, {"name": "side", "image": "side:1"}],
        "initContainers": [{"name": "first", "image": "first:1"}, container | {"name": "init"}],
        "volumes": [{"name": "data", "emptyDir": {}}],
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}],
        "imagePullSecrets": [{"name": "first"}],
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "topologySpreadConstraints": [spread],
    }


def pod_change() -> Object:
    container = {
        "name": "app",
        "env": [{"name": "B", "value": "2"}],
        "ports": [
            {"containerPort": 80, "protocol": "TCP", "name": "http"},
            {"containerPort": 81, "protocol": "TCP"},
        ],
        "volumeMounts": [{"name": "more", "mountPath": "/data"}],
        "volumeDevices": [{"name": "disk2", "devicePath": "/dev/xvdb"}],
    }
    spread = {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    return {
        "containers": [container],
        "initContainers": [container | {"name": "init"}],
        "volumes": [{"name": "data", "hostPath": {"path": "/data"}}, {"name": "more", "emptyDir": {}}],
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["b"]}],
        "imagePullSecrets": [{"name": "second"}],
        "tolerations": [{"key": "b", "operator": "Exists"}],
        "topologySpreadConstraints": [spread],
    }


def built_in(change: bool) -> list[Object]:
    """One object of each kind with lists that merge, and some of other kinds; or the patches for them."""
    spec = pod_change() if change else pod_before()
    in_template = {"spec": {"template": {"spec": spec}}}
    name = "new" if change else "old"
    kinds: list[tuple[str, str, Object]] = [
        ("apps/v1", "Deployment", in_template),
        ("apps/v1", "StatefulSet", in_template),
        ("apps/v1", "DaemonSet", in_template),
        ("apps/v1", "ReplicaSet", in_template),
        ("batch/v1", "Job", in_template),
        ("batch/v1", "CronJob", {"spec": {"jobTemplate": in_template}}),
        ("v1", "ReplicationController", in_template),
        ("v1", "PodTemplate", in_template["spec"]),
        ("v1", "Pod", {"spec": spec}),
        (
            "v1",
            "Service",
            {"spec": {"ports": [{"name": name, "port": 81 if change else 80, "protocol": "TCP"}]}},
        ),
        ("v1", "ServiceAccount", {"secrets": [{"name": name}], "imagePullSecrets": [{"name": name}]}),
        ("v1", "ConfigMap", {}),
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {"webhooks": [{"name": name}]}),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", {"rules": [{"verbs": [name]}]}),
        ("networking.k8s.io/v1", "Ingress", {"spec": {"rules": [{"host": name}]}}),
        ("example.com/v1", "Unknown", {"spec": {"containers": [{"name": "a", name: "1"}]}}),
    ]
    return [
        {
            "apiVersion": api,
            "kind": kind,
            "metadata": {"name": "thing", "finalizers": [f"example.com/{name}"]},
            **rest,
        }
        for api, kind, rest in kinds
    ]


@kubectl
def test_strategic_patches_of_other_kinds_do_the_same_with_the_base_and_without(
    tmp_path: Path, recipe: list[str]
) -> None:
    changes = [{"patch": yaml.safe_dump(change)} for change in built_in(change=True)]
    for folder in ("with", "without"):
        write(tmp_path / folder / "things.yaml", *copy.deepcopy(built_in(change=False)))
    together = overlay(tmp_path / "with", [*recipe, "things.yaml"], patches=changes)
    alone = overlay(tmp_path / "without", ["things.yaml"], patches=changes)
    assert [o for o in together if o["metadata"]["name"] == "thing"] == alone
    app = find(alone, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert (app["image"], [entry["name"] for entry in app["env"]]) == ("app:1", ["B", "A"])


@kubectl
def test_kinds_without_a_namespace_get_none(tmp_path: Path, recipe: list[str]) -> None:
    kinds = [
        ("v1", "Namespace"),
        ("v1", "Node"),
        ("v1", "PersistentVolume"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("networking.k8s.io/v1", "IngressClass"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
        ("scheduling.k8s.io/v1", "PriorityClass"),
        ("storage.k8s.io/v1", "StorageClass"),
    ]
    objects = [{"apiVersion": api, "kind": kind, "metadata": {"name": "prod"}} for api, kind in kinds]
    write(tmp_path / "prod/things.yaml", *objects)
    built = overlay(tmp_path / "prod", [*recipe, "things.yaml"], namespace="prod")
    assert [o for o in built if "namespace" not in o["metadata"]] == [
        find(objects, o["kind"]) for o in built if o["metadata"]["name"] == "prod"
    ]
    assert len([o for o in built if "namespace" not in o["metadata"]]) == len(kinds)


KEYED = Path(__file__).parent / "cases" / "secret-variables" / "profile.yaml"


@kubectl
def test_a_secret_of_a_variable_follows_an_overlay_that_makes_it(tmp_path: Path) -> None:
    """The output names the Secret and does not bring it: an overlay that makes it renames the references."""
    compiled = pipeline.analyse("profile.yaml", KEYED.read_bytes()).plan
    assert compiled is not None
    for path, content in pipeline.build(compiled).items():
        place = tmp_path / "out" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (tmp_path / "out/hf-secret.env").write_text("hf_api_token=a\n", encoding="utf-8")
    made = {"name": "vllm-api", "namespace": "inference", "literals": ["api-key=a"]}
    built = overlay(
        tmp_path / "prod",
        ["../out", "../out/benchmark"],
        namePrefix="prod-",
        secretGenerator=[made],
        generatorOptions={"disableNameSuffixHash": True},
    )
    leader, worker = pods(find(built, "LeaderWorkerSet"))
    wanted = {"secretKeyRef": {"name": "prod-vllm-api", "key": "api-key"}}
    assert variables(leader)["VLLM_API_KEY"] == variables(worker)["VLLM_API_KEY"] == wanted
    assert variables(find(built, "Job")["spec"]["template"])["OPENAI_API_KEY"] == wanted
    # One that nobody makes keeps its name.
    assert variables(leader)["AWS_SECRET_ACCESS_KEY"] == {"secretKeyRef": {"name": "s3", "key": "secret"}}
