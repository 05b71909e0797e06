"""spec.protection: who may reach the pods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from r1c.profile.section import info, section
from r1c.record import field


@section
class Client:
    """Pods that may send requests."""

    namespace: Annotated[str | None, info(examples=["chat"])] = None
    """Namespace of the pods. Default: the recipe's own."""
    pod_labels: Annotated[Mapping[str, str], info(examples=[{"app": "chat"}])] = field(default_factory=dict)
    """Labels that the pods must have. Default: all pods of the namespace."""


@section
class Protection:
    """NetworkPolicies for the pods of the recipe (network-policy.yaml)."""

    clients: Annotated[
        tuple[Client, ...] | None, info(examples=[[{"namespace": "chat", "podLabels": {"app": "chat"}}]])
    ] = None
    """Pods that may send requests to the leaders. Default: all pods of the recipe's namespace."""
    client_ranges: Annotated[tuple[str, ...], info(examples=[["10.0.0.0/8"]])] = ()
    """Address ranges outside the cluster that may send requests, such as a load balancer's clients."""
