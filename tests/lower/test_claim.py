"""network.mode: dranet: the template, the claims of the pods, and an overlay that renames them together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubernetes_schemas import faults as kubernetes_faults
from kubernetes_schemas import pods
from kustomize_recipe import kubectl, overlay
from plan_of import base
from r1c import pipeline
from r1c.emit.yaml import to_yaml
from r1c.lower import claim, leaderworkerset, lower
from r1c.resolve.plan import Plan

CLAIMED: dict[str, Any] = {"platform": "a3-ultra", "network": {"mode": "dranet"}}


def made(**spec: Any) -> Plan:
    return base(**{**CLAIMED, **spec})


def template_of(plan: Plan) -> Any:
    assert plan.network.claim
    (item,) = claim.manifest(plan, plan.network.claim).objects
    return item


def group_of(plan: Plan) -> Any:
    (item,) = leaderworkerset.manifest(plan).objects
    return item


@pytest.mark.parametrize("platform", ["a3-ultra", "a4"])
def test_each_pod_claims_the_eight_nics_of_its_node(platform: str) -> None:
    plan = made(platform=platform)
    assert to_yaml(template_of(plan)["spec"]) == (
        "spec:\n"
        "  devices:\n"
        "    requests:\n"
        "    - name: rdma\n"
        "      exactly:\n"
        "        deviceClassName: mrdma.google.com\n"
        "        allocationMode: ExactCount\n"
        "        count: 8\n"
    )
    for pod in pods(group_of(plan)):
        (server,) = pod["spec"]["containers"]
        assert pod["spec"]["resourceClaims"] == [{"name": "rdma", "resourceClaimTemplateName": "base-rdma"}]
        assert server["resources"]["claims"] == [{"name": "rdma"}]
        assert pod["spec"]["nodeSelector"]["gke.networks.io/accelerator-network-profile"] == "auto"
        assert not [key for key in pod["metadata"]["annotations"] if key.startswith("networking.gke.io/")]


def test_only_the_server_gets_the_devices() -> None:
    for pod in pods(group_of(made())):
        assert ["claims" in item.get("resources", {}) for item in pod["spec"]["initContainers"]] == [False]


def test_kubernetes_takes_the_objects() -> None:
    pytest.importorskip("kubernetes_validate")
    plan = made()
    assert kubernetes_faults(template_of(plan), "1.37") == []
    for pod in pods(group_of(plan)):
        assert kubernetes_faults(pod, "1.37") == []


def test_one_node_claims_nothing() -> None:
    alone = made(nodes=1, parallelism={"tensor": 8}, model={"id": "openai/gpt-oss-120b"})
    assert alone.network.claim is None
    assert not [file.path for file in lower(alone).files if "claim" in file.path]


def test_beside_a_reservation_the_nodes_have_the_labels_of_both() -> None:
    plan = made(provisioning={"model": "spot"})
    assert plan.node_selector == {
        "cloud.google.com/gke-accelerator": "nvidia-h200-141gb",
        "gke.networks.io/accelerator-network-profile": "auto",
        "cloud.google.com/gke-spot": "true",
    }


@kubectl
def test_an_overlay_renames_the_template_and_the_claims(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    for path, content in pipeline.build(made(huggingface={"source": "existing"})).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    place = tmp_path / "overlay"
    place.mkdir()
    built = {item["kind"]: item for item in overlay(place, ["../base"], namePrefix="prod-")}
    assert built["ResourceClaimTemplate"]["metadata"]["name"] == "prod-base-rdma"
    for pod in pods(built["LeaderWorkerSet"]):
        assert [item["resourceClaimTemplateName"] for item in pod["spec"]["resourceClaims"]] == [
            "prod-base-rdma"
        ]


def test_with_other_blocks_both_configurations_are_read() -> None:
    files = pipeline.build(made(disruption={}, replicas=2))
    read = yaml.safe_load(files["kustomization.yaml"])
    assert read["configurations"] == [
        "kustomizeconfig.yaml",
        "kustomizeconfig-blocks.yaml",
        "kustomizeconfig-claims.yaml",
    ]
    assert {*read["configurations"]} <= {*files}
