"""Patches of an overlay do to a recipe what they do to a Deployment, built by the real kubectl."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import yaml

from kustomize_recipe import (
    NAME,
    RXDM,
    Object,
    assert_coherent,
    find,
    kubectl,
    lws_patch,
    overlay,
    pods,
    template,
    token,
    variables,
    write,
    write_recipe,
)


@pytest.fixture
def recipe(tmp_path: Path) -> list[str]:
    """A recipe with an envFile Secret: the resources of an overlay over its serving and benchmark bases."""
    write_recipe(tmp_path / "out" / NAME)
    return [f"../out/{NAME}", f"../out/{NAME}/benchmark"]


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
