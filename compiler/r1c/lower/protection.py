"""network-policy.yaml: the members of a group among each other, and clients to the leaders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from r1c.facts import inference_gateway, vllm_metrics
from r1c.lower import endpoint_picker
from r1c.lower.bundle import Manifest, Object
from r1c.lower.labels import leaders, metadata
from r1c.resolve.plan import Plan
from r1c.resolve.protection import Client, Protection

PATH = "network-policy.yaml"
NAMESPACE = "kubernetes.io/metadata.name"

Peer = dict[str, Any]


def manifest(plan: Plan, asked: Protection) -> Manifest | None:
    """Return the policies, None on the host's network, where they would have no effect."""
    if plan.network.host:
        return None
    members = {"leaderworkerset.sigs.k8s.io/name": plan.name}
    # Ray, NCCL, Gloo and torch.distributed listen on ports that they choose when they start.
    among = [{"from": [{"podSelector": {"matchLabels": members}}]}]
    port = [{"protocol": "TCP", "port": plan.service.port}]
    to_leaders = [{"from": list(_clients(plan, asked)), "ports": port}]
    return Manifest(
        PATH,
        (
            _policy(plan, f"{plan.name}-group", members, among),
            _policy(plan, f"{plan.name}-clients", leaders(plan), to_leaders),
        ),
    )


def _clients(plan: Plan, asked: Protection) -> Iterator[Peer]:
    """Yield who may reach the server's port: clients, the benchmark, and what scrapes the metrics."""
    for client in asked.clients:
        yield _pods(client)
    for block in asked.ranges:
        yield {"ipBlock": {"cidr": block}}
    benchmark = {"app.kubernetes.io/instance": plan.name, "app.kubernetes.io/component": "benchmark"}
    yield {"podSelector": {"matchLabels": benchmark}}
    if plan.gateway:
        for block in inference_gateway.gke().health_checks:
            yield {"ipBlock": {"cidr": block}}
        if plan.gateway.failure_mode:
            yield {"podSelector": {"matchLabels": endpoint_picker.selector(plan)}}
    if plan.monitoring:
        managed = plan.monitoring.system == "managedPrometheus"
        for name in vllm_metrics.collectors() if managed else (plan.monitoring.namespace,):
            yield {"namespaceSelector": {"matchLabels": {NAMESPACE: name}}}


def _pods(client: Client) -> Peer:
    own = {"podSelector": {"matchLabels": dict(client.labels)} if client.labels else {}}
    if client.namespace is None:
        return own
    return {
        "namespaceSelector": {"matchLabels": {NAMESPACE: client.namespace}},
        **(own if client.labels else {}),
    }


def _policy(plan: Plan, name: str, pods: dict[str, str], ingress: list[Peer]) -> Object:
    spec = {"podSelector": {"matchLabels": pods}, "policyTypes": ["Ingress"], "ingress": ingress}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    return {**kind, "metadata": metadata(plan, name, "server"), "spec": spec}
