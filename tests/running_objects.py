"""The objects of a recipe as a server has them, and the answers of kubectl about them."""

from __future__ import annotations

import json
from typing import Any

from fake_cluster import Object, merged
from r1c.lower import lower
from r1c.preflight import live, requests
from r1c.resolve.plan import Plan

FILLED: dict[str, Any] = {
    "LeaderWorkerSet": {
        "spec": {"rolloutStrategy": {"rollingUpdateConfiguration": {"partition": 0}}},
        "status": {"replicas": 1, "conditions": [{"type": "Available", "status": "True"}]},
    },
    "Service": {
        "spec": {
            "clusterIP": "10.0.0.7",
            "clusterIPs": ["10.0.0.7"],
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "sessionAffinity": "None",
        },
        "status": {"loadBalancer": {}},
    },
    "Job": {
        "spec": {
            "completionMode": "NonIndexed",
            "manualSelector": False,
            "podReplacementPolicy": "TerminatingOrFailed",
            "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "x"}},
            "suspend": False,
            "template": {
                "metadata": {"labels": {"batch.kubernetes.io/job-name": "x"}},
                "spec": {
                    "dnsPolicy": "ClusterFirst",
                    "schedulerName": "default-scheduler",
                    "securityContext": {},
                },
            },
        },
        "status": {"active": 1},
    },
}
"""What a server of Kubernetes 1.36 and the controllers write, by kind."""


def running(plan: Plan) -> list[Object]:
    """Return the objects of a recipe as a server has them."""
    found = []
    for item in requests.objects(lower(plan)):
        plain = json.loads(json.dumps(item))
        meta = {
            "uid": "0f3c",
            "resourceVersion": "1",
            "generation": 1,
            "creationTimestamp": "2026-11-28T00:00:00Z",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(plain)},
            "managedFields": [{"manager": "kubectl-client-side-apply"}],
        }
        found.append(merged(FILLED.get(plain["kind"], {}), merged(plain, {"metadata": meta})))
    for item in found:
        if item["kind"] == "LeaderWorkerSet":
            for template in ("leaderTemplate", "workerTemplate"):
                item["spec"]["leaderWorkerTemplate"][template]["metadata"]["creationTimestamp"] = None
        if item["kind"] == "Job":
            for container in item["spec"]["template"]["spec"]["containers"]:
                container.setdefault("imagePullPolicy", "IfNotPresent")
                container.setdefault("terminationMessagePath", "/dev/termination-log")
                container.setdefault("resources", {})
    return found


def answers(plan: Plan, objects: list[Object]) -> str:
    lines = []
    for request in live.wanted(lower(plan)):
        held = [
            item
            for item in objects
            if item["kind"] == request.kind and item["metadata"]["name"] == request.object
        ]
        if request.kind == "CustomResourceDefinition":
            held = [{"kind": request.kind, "metadata": {"name": request.object}}]
        lines += [{"asked": request.name}, *held, {"status": 0}]
    return "\n".join(map(json.dumps, lines)) + "\n"


def scaled(objects: dict[str, Object]) -> None:
    objects["LeaderWorkerSet"]["spec"]["replicas"] = 3
