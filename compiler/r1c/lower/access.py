"""The Service, the service account, and the Secret of the Hugging Face token."""

from __future__ import annotations

from typing import Any

from r1c.lower.bundle import Manifest, Object
from r1c.lower.labels import leaders, metadata, shared_metadata
from r1c.resolve.plan import Plan

SERVICE_ACCOUNT = "serviceaccount.yaml"
SERVICE = "service.yaml"
SECRET = "secret.yaml"  # noqa: S105  # a file name
EXTERNAL_SECRET = "external-secret.yaml"  # noqa: S105  # a file name

PLACEHOLDER = "REPLACE_ME"


def service_account(plan: Plan) -> Manifest:
    """Return the service account that the bucket is opened to."""
    meta = metadata(plan, plan.service_account, "server")
    return Manifest(SERVICE_ACCOUNT, ({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},))


def service(plan: Plan) -> Manifest:
    """Return the Service. It selects the leaders alone, by the two labels that LWS itself sets on them."""
    meta = metadata(plan, plan.service.name, "server")
    if plan.service.type == "LoadBalancer":
        # The server has no authentication of its own: inside the VPC, not on the internet.
        meta["annotations"] = {"networking.gke.io/load-balancer-type": "Internal"}
    spec: dict[str, Any] = {
        "type": plan.service.type,
        "selector": leaders(plan),
        "ports": [{"name": "http", "port": plan.service.port, "protocol": "TCP", "targetPort": "http"}],
    }
    return Manifest(SERVICE, ({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec},))


def secret_object(plan: Plan, token: str) -> Object:
    """Return the Secret with a token in it: for standard output, or with a placeholder for secret.yaml."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": shared_metadata(plan, plan.token.secret),
        "type": "Opaque",
        "stringData": {plan.token.key: token},
    }


def secret(plan: Plan) -> Manifest | None:
    """Return secret.yaml or external-secret.yaml, if the token's source is one of them."""
    if plan.token.source == "manifest":
        return Manifest(SECRET, (secret_object(plan, PLACEHOLDER),))
    if plan.token.source != "externalSecret":
        return None
    target = {"name": plan.token.secret, "creationPolicy": "Owner", "deletionPolicy": "Retain"}
    spec = {
        "refreshInterval": "1h0m0s",
        "secretStoreRef": {"kind": plan.token.store_kind, "name": plan.token.store},
        "target": target,
        "data": [{"secretKey": plan.token.key, "remoteRef": {"key": plan.token.store_key}}],
    }
    kind = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret"}
    meta = shared_metadata(plan, plan.token.secret)
    return Manifest(EXTERNAL_SECRET, ({**kind, "metadata": meta, "spec": spec},))
