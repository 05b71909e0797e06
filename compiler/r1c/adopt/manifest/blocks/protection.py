"""The NetworkPolicies of a recipe -> spec.protection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from r1c.adopt.manifest.blocks.around import Around, Found
from r1c.adopt.manifest.container import entries, section
from r1c.facts import inference_gateway, vllm_metrics
from r1c.lower.endpoint_picker import COMPONENT
from r1c.lower.protection import NAMESPACE

KIND = "NetworkPolicy"


def read(around: Around) -> Found | None:
    """Return the block of the two policies that r1c writes; others are not carried."""
    names = (f"{around.name}-group", f"{around.name}-clients")
    group, clients = (around.object(KIND, name) for name in names)
    rules = entries(section(clients, "spec").get("ingress")) if clients else []
    if group is None or len(rules) != 1:
        return None
    peers = entries(rules[0].get("from"))
    for known in _added(around):
        # Each once: a client may be written like one of them.
        if known in peers:
            peers = [peer for index, peer in enumerate(peers) if index != _last(peers, known)]
    pods = [_client(peer) for peer in peers if "ipBlock" not in peer]
    ranges = [section(peer, "ipBlock").get("cidr") for peer in peers if "ipBlock" in peer]
    value: dict[str, Any] = {}
    if pods != [{}]:
        value["clients"] = pods
    if ranges:
        value["clientRanges"] = ranges
    return Found(value, tuple((KIND, name) for name in names))


def _last(peers: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any]) -> int:
    return max(index for index, peer in enumerate(peers) if peer == wanted)


def _client(peer: Mapping[str, Any]) -> dict[str, Any]:
    namespace = section(peer, "namespaceSelector", "matchLabels").get(NAMESPACE)
    labels = dict(section(peer, "podSelector", "matchLabels"))
    return {
        **({"namespace": namespace} if namespace else {}),
        **({"podLabels": labels} if labels else {}),
    }


def _added(around: Around) -> Iterator[dict[str, Any]]:
    """Yield the peers that r1c lets in beside the clients."""
    instance = {"app.kubernetes.io/instance": around.name}
    yield {"podSelector": {"matchLabels": {**instance, "app.kubernetes.io/component": "benchmark"}}}
    gateway, monitoring = around.known("spec.gateway"), around.known("spec.monitoring")
    if gateway is not None:
        yield from ({"ipBlock": {"cidr": block}} for block in inference_gateway.gke().health_checks)
        if "endpointPicker" in gateway:
            yield {"podSelector": {"matchLabels": {**instance, "app.kubernetes.io/component": COMPONENT}}}
    if monitoring is not None:
        managed = "system" not in monitoring
        for name in vllm_metrics.collectors() if managed else (monitoring.get("namespace", "monitoring"),):
            yield {"namespaceSelector": {"matchLabels": {NAMESPACE: name}}}
