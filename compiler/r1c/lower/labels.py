"""The labels of a recipe's objects and pods, and the metadata that carries them."""

from __future__ import annotations

from typing import Any

from r1c.plan import Plan


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


def metadata(plan: Plan, name: str, component: str) -> dict[str, Any]:
    """Return an object's metadata."""
    return {"name": name, "namespace": plan.namespace, "labels": labels(plan, component)}
