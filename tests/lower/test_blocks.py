"""The output with every optional block: an overlay renames it as a whole; without any there is no trace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubernetes_schemas import VERSIONS
from kubernetes_schemas import faults as kubernetes_faults
from kustomize_recipe import LWS_NAME, kubectl, overlay
from plan_of import base
from r1c import pipeline
from r1c.check import rules

REPO = Path(__file__).resolve().parents[2]
OUT = REPO / "out" / "deepseek-r1-production"
CORE = (
    "policy/v1",
    "networking.k8s.io/v1",
    "autoscaling/v2",
    "apps/v1",
    "rbac.authorization.k8s.io/v1",
    "v1",
)


def objects() -> list[dict[str, Any]]:
    listed = yaml.safe_load((OUT / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    texts = [(OUT / path).read_text(encoding="utf-8") for path in listed]
    return [item for text in texts for item in yaml.safe_load_all(text)]


def names_of_the_set(value: Any) -> list[str]:
    """Every value of LWS's label for the name of a set, wherever it is."""
    if isinstance(value, dict):
        own = [value[LWS_NAME]] if LWS_NAME in value else []
        return own + [name for below in value.values() for name in names_of_the_set(below)]
    return [name for below in value for name in names_of_the_set(below)] if isinstance(value, list) else []


@kubectl
def test_an_overlay_renames_every_reference(tmp_path: Path) -> None:
    (tmp_path / "base").symlink_to(OUT)
    before = names_of_the_set(objects())
    place = tmp_path / "overlay"
    place.mkdir()
    built = overlay(place, ["../base"], namePrefix="prod-", namespace="prod")
    assert names_of_the_set(built) == ["prod-deepseek-r1-production"] * len(before)
    assert {item["metadata"]["namespace"] for item in built} == {"prod"}


def references(objects: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The kind and name of each object that another one names, the Secrets of the cluster left out."""
    found = []
    for item in objects:
        spec, kind = item.get("spec", {}), item["kind"]
        for field in ("targetRef", "endpointPickerRef", "scaleTargetRef"):
            found += [(spec[field]["kind"], spec[field]["name"])] if field in spec else []
        if kind == "HTTPRoute":
            found += [("Gateway", parent["name"]) for parent in spec["parentRefs"]]
            found += [(to["kind"], to["name"]) for rule in spec["rules"] for to in rule["backendRefs"]]
        if kind == "RoleBinding":
            found.append(("Role", item["roleRef"]["name"]))
            found += [(subject["kind"], subject["name"]) for subject in item["subjects"]]
        if kind == "Deployment":
            pod = spec["template"]["spec"]
            found.append(("ServiceAccount", pod["serviceAccountName"]))
            found += [("ConfigMap", volume["configMap"]["name"]) for volume in pod["volumes"]]
            environment = {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
            found.append(("InferencePool", environment["POOL_NAME"]))
        for trigger in spec.get("triggers", ()):
            found += [("TriggerAuthentication", trigger["authenticationRef"]["name"])]
    return found


@kubectl
def test_an_overlay_keeps_every_object_findable(tmp_path: Path) -> None:
    (tmp_path / "base").symlink_to(OUT)
    place = tmp_path / "overlay"
    place.mkdir()
    built = overlay(place, ["../base"], namePrefix="prod-", nameSuffix="-1", namespace="prod")
    there = {(item["kind"], item["metadata"]["name"]) for item in built}
    assert len(references(built)) == len(references(objects())) >= 11
    assert set(references(built)) - there == set()
    for item in built:
        if item["kind"] == "RoleBinding":
            assert [subject["namespace"] for subject in item["subjects"]] == ["prod"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_built_in_kinds_are_valid_for_kubernetes(version: str) -> None:
    core = [item for item in objects() if item["apiVersion"] in CORE]
    assert {item["kind"] for item in core} >= {"PodDisruptionBudget", "ConfigMap"}
    assert {item["kind"]: found for item in core if (found := kubernetes_faults(item, version))} == {}


def test_an_empty_profile_has_no_trace_of_a_block() -> None:
    files = pipeline.build(base())
    assert not [path for path in files if "blocks" in path]
    assert sorted(path for path in files if "/" not in path and path.endswith(".yaml")) == [
        "kustomization.yaml",
        "kustomizeconfig.yaml",
        "kustomizeschema.yaml",
        "leaderworkerset.yaml",
        "service.yaml",
        "serviceaccount.yaml",
    ]


def test_a_profile_without_blocks_imports_none_of_their_modules(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from r1c.cli import main\n"
        "assert main(['-q', 'compile', sys.argv[1], '-o', sys.argv[2]]) == 0\n"
        "print(*sorted(name for name in sys.modules if name.startswith('r1c.')))\n"
    )
    command = [sys.executable, "-c", code, str(REPO / "profiles" / "a3mega.yaml"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names = {name.rpartition(".")[2] for name in done.stdout.split()}
    assert "leaderworkerset" in names
    assert (
        names & {*rules.BLOCKS, "alerts", "dashboard", "endpoint_picker", "vllm_metrics", "blocks"} == set()
    )
