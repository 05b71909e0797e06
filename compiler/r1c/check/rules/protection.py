"""R1C670 to R1C674: who may reach the pods."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from r1c import names
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Put, Severity, safe
from r1c.diagnostics.suggest import corrected
from r1c.resolve.kv_transfer import by_nixl
from r1c.resolve.plan import Plan

SECTION: Path = ("spec", "protection")


@rule(
    code="R1C670",
    slug="protection-on-host-network",
    severity=Severity.WARNING,
    title="Network policy has no effect on the host's network",
    why="Network policies apply only to pods with their own address. With network.mode: host the pods have "
    "the node's, so r1c writes no policy, and every machine that reaches the nodes reaches the server "
    "(Kubernetes documentation, network policies, what you can't do).",
    example="metadata:\n  annotations: {r1c.dev/allow: 'R1C613: the nodes are ours alone'}\n"
    "spec:\n  network: {mode: host}\n  protection: {}\n",
    fix="Use network.mode: pod, or set an API key and VPC firewall rules and remove spec.protection.",
    fields=("spec.protection", "spec.network.mode"),
)
def protection_on_host_network(plan: Plan) -> Iterator[Finding]:
    """Check network.mode."""
    if plan.protection and plan.network.host:
        yield Finding(
            SECTION,
            "spec.protection has no effect with network.mode: host, and r1c writes no NetworkPolicy",
            "write network.mode: pod, or remove spec.protection and use firewall rules of the VPC",
        )


@rule(
    code="R1C671",
    slug="protection-client",
    severity=Severity.ERROR,
    title="Invalid client of a network policy",
    why="The API server refuses invalid names and labels, and a policy with a misspelt one lets nobody in "
    "(Kubernetes API reference, NetworkPolicy).",
    example="spec:\n  protection:\n    clients: [{namespace: Chat}]\n",
    fix="Write the name that `kubectl get namespace` prints, and the labels that `kubectl get pod "
    "--show-labels` prints.",
    fields=("spec.protection.clients",),
    edits="safe",
)
def protection_client(plan: Plan) -> Iterator[Finding]:
    """Check namespaces and labels of clients."""
    for index, client in enumerate(plan.protection.clients if plan.protection else ()):
        place: Path = (*SECTION, "clients", index)
        if client.namespace is not None and not names.is_dns_label(client.namespace):
            near = names.cleaned(client.namespace)
            yield Finding(
                (*place, "namespace"),
                f'"{client.namespace}" cannot be the name of a namespace',
                f"write {near}" if near else "write its name as `kubectl get namespace` prints it",
                edit=corrected((*place, "namespace"), client.namespace, near),
            )
        for key, value in client.labels.items():
            path: Path = (*place, "podLabels", key)
            help_ = "write it as `kubectl get pod --show-labels` prints it"
            if not names.is_label_key(key):
                yield Finding(path, f'"{key}" cannot be the key of a label', help_, on_key=True)
            elif not names.is_label_value(value):
                yield Finding(path, f'"{value}" cannot be the value of a label', help_)


@rule(
    code="R1C672",
    slug="protection-range",
    severity=Severity.ERROR,
    title="Invalid address range of a network policy",
    why="The API server refuses a range that is not an address and a length, or whose address has bits set "
    "after the length (Kubernetes API reference, IPBlock).",
    example="spec:\n  protection:\n    clientRanges: [10.0.0.1/8]\n",
    fix="Write the network's first address and its length, such as 10.0.0.0/8.",
    fields=("spec.protection.clientRanges",),
    edits="safe",
)
def protection_range(plan: Plan) -> Iterator[Finding]:
    """Check clientRanges."""
    for index, text in enumerate(plan.protection.ranges if plan.protection else ()):
        place: Path = (*SECTION, "clientRanges", index)
        try:
            found = ipaddress.ip_network(text, strict=False)
        except ValueError:
            found = None
        if found is None or "/" not in text:
            yield Finding(place, f'"{text}" is not an address range', "write one such as 10.0.0.0/8")
        elif str(found) != text:
            message, edit = f'"{text}" is not the first address of its range', safe(Put(place, str(found)))
            yield Finding(place, message, f"write {found}", edit=edit)


@rule(
    code="R1C673",
    slug="protection-without-range",
    severity=Severity.WARNING,
    title="Network policy blocks the clients of a load balancer",
    why="Clients outside the cluster keep their own address on the way through an internal load balancer or "
    "a node port, or have the node's. A policy that names only pods keeps them out (Kubernetes "
    "documentation, network policies, ipBlock).",
    example="spec:\n  service: {type: LoadBalancer}\n  protection: {}\n"
    "  vllm:\n    env: {VLLM_API_KEY: {secretKeyRef: {name: vllm-api, key: api-key}}}\n",
    fix="Write the ranges of the clients in protection.clientRanges.",
    fields=("spec.protection.clientRanges", "spec.service.type", "spec.network.mode"),
)
def protection_without_range(plan: Plan) -> Iterator[Finding]:
    """Check for ranges if clients outside of the cluster are meant to reach the Service."""
    outside = plan.service.type != "ClusterIP" and not plan.network.host
    if plan.protection and outside and not plan.protection.ranges:
        yield Finding(
            SECTION,
            f"the policy lets in only pods, but service.type {plan.service.type} is for clients outside the "
            "cluster",
            "write their address ranges in protection.clientRanges, or service.type: ClusterIP",
        )


@rule(
    code="R1C674",
    slug="protection-stops-nixl",
    severity=Severity.WARNING,
    title="Network policy stops the transfer of KV cache",
    why="Servers with NixlConnector fetch KV cache from pods of another recipe: they ask on the side "
    "channel, port 5600 and the ports after it, and the data goes over other ports. The policies let clients "
    "reach the server's port alone, so each transfer fails (vLLM's documentation, NixlConnector usage).",
    example="spec:\n  vllm:\n    version: v0.12.0\n    args:\n"
    "      kv-transfer-config: {kv_connector: NixlConnector, kv_role: kv_both}\n  protection: {}\n",
    fix="Add a NetworkPolicy for the pods of the other recipe and accept the warning, or remove "
    "spec.protection.",
    fields=("spec.protection", "spec.network.mode", "spec.vllm.args"),
)
def protection_stops_nixl(plan: Plan) -> Iterator[Finding]:
    """Check for a connector that other pods reach on ports of its own."""
    if plan.protection and by_nixl(plan.server) and not plan.network.host:
        yield Finding(
            SECTION,
            f"spec.protection lets other pods reach port {plan.service.port} alone, and NixlConnector "
            "transfers KV cache over other ports",
            "add a NetworkPolicy that lets the pods of the other recipe in and accept this in "
            "r1c.dev/allow, or remove spec.protection",
        )


RULES: tuple[Rule, ...] = (
    protection_on_host_network,
    protection_client,
    protection_range,
    protection_without_range,
    protection_stops_nixl,
)
