"""The gateway section of a profile -> the route, its Gateway and its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from r1c.record import record

if TYPE_CHECKING:
    from r1c.profile.model import Spec

EXTERNAL = "gke-l7-regional-external-managed"
"""The class of Gateways that the internet reaches."""


@record
class Gateway:
    """How requests reach the leaders.

    `existing` is the name of a Gateway that is in the cluster, None for one of the recipe's own;
    `failure_mode` is None without an endpoint picker.
    """

    existing: str | None
    namespace: str | None
    class_name: str
    tls_secret_name: str | None
    hostnames: tuple[str, ...]
    by_model: bool
    timeout_seconds: int
    failure_mode: Literal["FailOpen", "FailClose"] | None


def gateway_of(spec: Spec) -> Gateway | None:
    """Allow a request the time that a pod has to finish it."""
    asked = spec.gateway
    if asked is None:
        return None
    grace = spec.scheduling.termination_grace_period_seconds
    return Gateway(
        asked.name,
        asked.namespace,
        asked.class_name,
        asked.tls_secret_name,
        tuple(asked.hostnames),
        asked.by_model,
        grace if asked.timeout_seconds is None else asked.timeout_seconds,
        asked.endpoint_picker.failure_mode if asked.endpoint_picker else None,
    )
