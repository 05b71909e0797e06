"""The labels of a recipe's objects and pods, and the metadata that carries them."""

from __future__ import annotations

from typing import Any

from r1c.resolve.plan import Plan

SHARED_LABELS = {"app.kubernetes.io/name": "vllm", "app.kubernetes.io/managed-by": "r1c"}
"""The labels of an object that is not one recipe's own."""


def labels(plan: Plan, component: str) -> dict[str, str]:
    """Return the labels of one part of a recipe (server, leader, worker, benchmark), the user's own first."""
    return {
        **plan.labels,
        "app.kubernetes.io/name": "vllm",
        "app.kubernetes.io/instance": plan.name,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": plan.name,
        "app.kubernetes.io/managed-by": "r1c",
    }


def shared_metadata(plan: Plan, name: str) -> dict[str, Any]:
    """Return the metadata of an object that several recipes of a namespace may share: the token's Secret.

    It carries nothing of one recipe, so that every recipe applies the same object, whichever is applied last,
    and no selector by recipe finds it.
    """
    return {"name": name, "namespace": plan.namespace, "labels": dict(SHARED_LABELS)}


def metadata(plan: Plan, name: str, component: str) -> dict[str, Any]:
    """Return an object's metadata."""
    return {"name": name, "namespace": plan.namespace, "labels": labels(plan, component)}


def leaders(plan: Plan) -> dict[str, str]:
    """Return the two labels that LWS itself sets on the leaders, which are the pods that serve."""
    return {
        "leaderworkerset.sigs.k8s.io/name": plan.name,
        "leaderworkerset.sigs.k8s.io/worker-index": "0",
    }
