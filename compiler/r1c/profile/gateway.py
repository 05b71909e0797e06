"""spec.gateway: a route through a GKE Gateway, and the endpoint picker of the Inference Extension."""

from __future__ import annotations

from typing import Annotated, Literal

from r1c.profile.section import info, section


@section
class EndpointPicker:
    """An InferencePool of the leaders, and the picker that sends each request to the best of them."""

    failure_mode: Literal["FailOpen", "FailClose"] = "FailOpen"
    """What the Gateway does if the picker does not answer. FailOpen: sends requests to any group. FailClose:
    refuses them.
    """


@section
class Gateway:
    """An HTTPRoute to the server, with the health check and the timeout of GKE (gateway.yaml)."""

    name: Annotated[str | None, info(examples=["inference"])] = None
    """Existing Gateway to use. Default: r1c writes a Gateway for this recipe alone."""
    namespace: Annotated[str | None, info(examples=["gateways"])] = None
    """Namespace of the existing Gateway. Default: the recipe's own."""
    class_name: Literal["gke-l7-rilb", "gke-l7-regional-external-managed"] = "gke-l7-rilb"
    """Class of the Gateway. gke-l7-rilb: reachable inside the VPC. gke-l7-regional-external-managed: from
    the internet.
    """
    tls_secret_name: Annotated[str | None, info(examples=["chat-certificate"])] = None
    """Secret with the certificate of r1c's Gateway, for HTTPS on port 443. Default: HTTP on port 80."""
    hostnames: Annotated[tuple[str, ...], info(examples=[["chat.example.com"]])] = ()
    """Host names of the requests to route. Default: all."""
    by_model: bool = False
    """Route only requests for this recipe's model, by the header X-Gateway-Model-Name that a body-based
    router at the Gateway sets: for several models behind one Gateway.
    """
    timeout_seconds: Annotated[int | None, info(ge=1, examples=[1200])] = None
    """Maximum time of a request, streams included. Default: scheduling.terminationGracePeriodSeconds."""
    endpoint_picker: EndpointPicker | None = None
    """Picker that knows the queue, the KV cache and the prefixes of each group. Default: the load balancer
    chooses a group.
    """
