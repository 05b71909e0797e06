"""The kustomizations of a recipe, and overlays that rename, label and scale it, built by the real kubectl."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from kustomize_recipe import (
    LWS_INDEX,
    LWS_NAME,
    NAME,
    NAMESPACE,
    RXDM,
    VLLM,
    Object,
    assert_coherent,
    build,
    find,
    images,
    job,
    kubectl,
    labels,
    leaderworkerset,
    lws_patch,
    overlay,
    pods,
    service,
    template,
    variables,
    write,
    write_recipe,
)
from r1c.emit.yaml import documents
from r1c.lower import kustomization


@pytest.fixture
def recipe(tmp_path: Path) -> list[str]:
    """A recipe with an envFile Secret: the resources of an overlay over its serving and benchmark bases."""
    write_recipe(tmp_path / "out" / NAME)
    return [f"../out/{NAME}", f"../out/{NAME}/benchmark"]


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
    written = yaml.safe_load(kustomization.constant_files()[1].content)
    text = json.dumps(written)
    names = {part.split('"')[0] for part in text.split("#/definitions/")[1:]}
    assert names - set(written["definitions"]) == set()
    assert set(written["definitions"]) - names == {
        name for name, schema in written["definitions"].items() if "x-kubernetes-group-version-kind" in schema
    }


def test_the_schema_has_the_built_in_kinds() -> None:
    written = yaml.safe_load(kustomization.constant_files()[1].content)
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


def test_the_constant_files_are_what_the_tool_makes() -> None:
    pytest.importorskip("kubernetes_validate")
    import kustomize_files

    files = map(kustomization.configuration, kustomization.CONSTANT_FILES)
    assert kustomize_files.texts() == {file.path: file.content for file in files}


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
