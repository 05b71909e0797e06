"""The claim by which each pod gets the NICs of its GPUs: its template, and what a pod says of it."""

from __future__ import annotations

from typing import Any

from r1c.facts import dranet
from r1c.lower.bundle import Manifest
from r1c.lower.labels import metadata
from r1c.resolve.claim import Claim
from r1c.resolve.plan import Plan

PATH = "resourceclaimtemplate.yaml"
NAME = "rdma"
"""The claim's name in the pod."""


def template_name(plan: Plan) -> str:
    """Return the name of the ResourceClaimTemplate."""
    return f"{plan.name}-{NAME}"


def manifest(plan: Plan, claim: Claim) -> Manifest:
    """Return the template: Kubernetes makes a claim of it for each pod, and deletes the claim with the pod.

    An exact count keeps a group off a node with a broken NIC; `All` would take what is left there.
    """
    request = {
        "name": NAME,
        "exactly": {
            "deviceClassName": claim.device_class,
            "allocationMode": "ExactCount",
            "count": claim.count,
        },
    }
    body = {
        "apiVersion": dranet.read().api_version,
        "kind": "ResourceClaimTemplate",
        "metadata": metadata(plan, template_name(plan), "server"),
        "spec": {"spec": {"devices": {"requests": [request]}}},
    }
    return Manifest(PATH, (body,))


def of_pod(plan: Plan) -> dict[str, Any]:
    """Return what the pod's spec says."""
    return {"resourceClaims": [{"name": NAME, "resourceClaimTemplateName": template_name(plan)}]}


def of_container() -> dict[str, Any]:
    """Return what the resources of the server's container say: it alone gets the devices."""
    return {"claims": [{"name": NAME}]}
