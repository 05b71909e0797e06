"""gateway.yaml: the route to the leaders, with GKE's health check and timeout, and a Gateway of our own."""

from __future__ import annotations

from typing import Any

from r1c.facts import inference_gateway
from r1c.lower.bundle import Manifest, Object
from r1c.lower.labels import metadata
from r1c.resolve.gateway import Gateway
from r1c.resolve.plan import Plan

PATH = "gateway.yaml"
POOLS = "inference.networking.k8s.io"
MODEL = "X-Gateway-Model-Name"
"""The header in which a body-based router puts the model of a request."""


def manifest(plan: Plan, asked: Gateway) -> Manifest:
    """Return the objects between a client and the leaders."""
    objects: list[Object] = [] if asked.existing else [_gateway(plan, asked)]
    objects += [_route(plan, asked), *_policies(plan, asked)]
    if asked.failure_mode:
        from r1c.lower import endpoint_picker

        objects += endpoint_picker.objects(plan, asked.failure_mode)
    return Manifest(PATH, tuple(objects))


def _gateway(plan: Plan, asked: Gateway) -> Object:
    listener: dict[str, Any] = {"name": "http", "protocol": "HTTP", "port": 80}
    if asked.tls_secret_name:
        secret = {"group": "", "kind": "Secret", "name": asked.tls_secret_name}
        listener = {"name": "https", "protocol": "HTTPS", "port": 443}
        listener["tls"] = {"mode": "Terminate", "certificateRefs": [secret]}
    listener["allowedRoutes"] = {"namespaces": {"from": "Same"}}
    spec = {"gatewayClassName": asked.class_name, "listeners": [listener]}
    return _object(plan, "gateway.networking.k8s.io/v1", "Gateway", spec)


def _route(plan: Plan, asked: Gateway) -> Object:
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": asked.existing or plan.name}
    if asked.existing and asked.namespace:
        parent["namespace"] = asked.namespace
    # The API alone: /metrics and the like answer without a key.
    match: dict[str, Any] = {"path": {"type": "PathPrefix", "value": "/v1"}}
    if asked.by_model:
        match["headers"] = [{"type": "Exact", "name": MODEL, "value": plan.model.served_name}]
    rule = {"matches": [match], "backendRefs": [_backend(plan, asked)]}
    names = {"hostnames": list(asked.hostnames)} if asked.hostnames else {}
    # GKE refuses timeouts in a route to a pool: GCPBackendPolicy has them.
    return _object(
        plan, "gateway.networking.k8s.io/v1", "HTTPRoute", {"parentRefs": [parent], **names, "rules": [rule]}
    )


def _backend(plan: Plan, asked: Gateway) -> dict[str, Any]:
    if asked.failure_mode:
        return {"group": POOLS, "kind": "InferencePool", "name": plan.name}
    return {"group": "", "kind": "Service", "name": plan.service.name, "port": plan.service.port}


def _policies(plan: Plan, asked: Gateway) -> list[Object]:
    """Return GKE's health check, like the readiness probe, and the limits of a request."""
    target = {key: value for key, value in _backend(plan, asked).items() if key != "port"}
    health = {"type": "HTTP", "httpHealthCheck": {"port": plan.service.port, "requestPath": "/health"}}
    check = {
        "checkIntervalSec": 10,
        "timeoutSec": 5,
        "healthyThreshold": 1,
        "unhealthyThreshold": 3,
        "config": health,
    }
    # A group that ends finishes its requests: the load balancer must not cut them off before.
    draining = min(plan.scheduling.grace_seconds, inference_gateway.gke().longest_draining)
    backend = {
        "timeoutSec": asked.timeout_seconds,
        "connectionDraining": {"drainingTimeoutSec": draining},
    }
    version = "networking.gke.io/v1"
    return [
        _object(plan, version, "HealthCheckPolicy", {"default": check, "targetRef": target}),
        _object(plan, version, "GCPBackendPolicy", {"default": backend, "targetRef": dict(target)}),
    ]


def _object(plan: Plan, version: str, kind: str, spec: Object) -> Object:
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": metadata(plan, plan.name, "gateway"),
        "spec": spec,
    }
