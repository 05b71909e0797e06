"""Where the nodes come from: the labels, tolerations and annotations of each model."""

from __future__ import annotations

from typing import Any

import pytest

from plan_of import base
from r1c.lower import leaderworkerset
from r1c.resolve.plan import Plan

GKE = "cloud.google.com"
PROVISIONED = "provreq.kueue.x-k8s.io/maxRunDurationSeconds"


def manifest(made: Plan) -> Any:
    (lws,) = leaderworkerset.manifest(made).objects
    return lws


def templates(made: Plan) -> list[Any]:
    group = manifest(made)["spec"]["leaderWorkerTemplate"]
    return [group["leaderTemplate"], group["workerTemplate"]]


@pytest.mark.parametrize(
    ("section", "labels"),
    [
        ({}, {}),
        ({"model": "spot"}, {f"{GKE}/gke-spot": "true"}),
        ({"model": "flexStart"}, {f"{GKE}/gke-flex-start": "true"}),
        ({"model": "queued"}, {f"{GKE}/gke-flex-start": "true"}),
        (
            {"model": "reservation", "reservation": {"name": "a3"}},
            {f"{GKE}/reservation-name": "a3", f"{GKE}/reservation-affinity": "specific"},
        ),
        (
            {
                "model": "reservation",
                "reservation": {"name": "a3", "project": "shared", "block": "b", "subblock": "s"},
            },
            {
                f"{GKE}/reservation-name": "a3",
                f"{GKE}/reservation-affinity": "specific",
                f"{GKE}/reservation-project": "shared",
                f"{GKE}/reservation-blocks": "b",
                f"{GKE}/reservation-subblocks": "s",
            },
        ),
    ],
)
def test_the_nodes_have_the_labels_of_their_model(section: Any, labels: dict[str, str]) -> None:
    for template in templates(base(provisioning=section)):
        own = {f"{GKE}/gke-accelerator": "nvidia-h100-mega-80gb"}
        assert template["spec"]["nodeSelector"] == own | labels


def test_queued_nodes_are_tolerated_and_asked_for_by_kueue() -> None:
    asked = {"model": "queued", "maxRunSeconds": 86400}
    made = base(provisioning=asked, scheduling={"queue": "a3-mega"})
    for template in templates(made):
        taint = {"key": f"{GKE}/gke-queued", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
        assert template["spec"]["tolerations"][-1] == taint
        assert PROVISIONED not in template["metadata"]["annotations"]
    assert manifest(made)["metadata"]["annotations"] == {PROVISIONED: "86400"}


@pytest.mark.parametrize(("required", "word"), [(True, "required"), (False, "preferred")])
def test_leader_and_workers_have_the_same_topology(required: bool, word: str) -> None:
    level = f"{GKE}/gce-topology-block"
    section = {"topology": {"level": level, "required": required}}
    for template in templates(base(provisioning=section, scheduling={"queue": "a3-mega"})):
        added = {
            f"kueue.x-k8s.io/podset-{word}-topology": level,
            "kueue.x-k8s.io/podset-group-name": "group",
        }
        assert added.items() <= template["metadata"]["annotations"].items()
