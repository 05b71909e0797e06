"""The output with every optional block: an overlay renames it as a whole; without any there is no trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubernetes_schemas import VERSIONS
from kubernetes_schemas import faults as kubernetes_faults
from kustomize_recipe import LWS_NAME, kubectl, overlay
from plan_of import base
from r1c import pipeline

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
