"""R1C691 to R1C698: the route through a Gateway, and the endpoint picker."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c import facts, names
from r1c.check.rule import Rule, rule
from r1c.check.rules.cluster import version
from r1c.diagnostics import Finding, Path, Put, Related, Severity, unsafe
from r1c.diagnostics.suggest import corrected
from r1c.facts import inference_gateway, vllm_metrics
from r1c.facts.vllm_metrics import Need
from r1c.resolve.gateway import EXTERNAL
from r1c.resolve.plan import Plan

SECTION: Path = ("spec", "gateway")


@rule(
    code="R1C698",
    slug="gateway-name",
    severity=Severity.ERROR,
    title="Invalid name in the gateway section",
    why="Gateways, Secrets and namespaces have names of lower-case letters, digits, hyphens and dots, and a "
    "route takes host names without a port or path (Gateway API reference, HTTPRoute).",
    example="spec:\n  gateway: {hostnames: ['https://chat.example.com']}\n",
    fix="Write the names as kubectl prints them, and host names such as chat.example.com.",
    fields=(
        "spec.gateway.name",
        "spec.gateway.namespace",
        "spec.gateway.tlsSecretName",
        "spec.gateway.hostnames",
    ),
    edits="safe or unsafe",
)
def gateway_name(plan: Plan) -> Iterator[Finding]:
    """Check the names of other objects, and host names."""
    asked = plan.gateway
    if asked is None:
        return
    for field, text in (("name", asked.existing), ("tlsSecretName", asked.tls_secret_name)):
        if text is not None and not names.is_dns_subdomain(text):
            near = names.cleaned(text)
            help_ = f"write {near}" if near else "write the name that kubectl prints"
            edit = corrected((*SECTION, field), text, near)
            yield Finding((*SECTION, field), f'"{text}" cannot be the name of an object', help_, edit=edit)
    if asked.namespace is not None and not names.is_dns_label(asked.namespace):
        help_ = "write its name as `kubectl get namespace` prints it"
        yield Finding(
            (*SECTION, "namespace"), f'"{asked.namespace}" cannot be the name of a namespace', help_
        )
    for index, host in enumerate(asked.hostnames):
        bare = host.removeprefix("*.")
        if not names.is_dns_subdomain(bare) or re.fullmatch(r"[0-9.]+", bare, re.ASCII):
            near = re.sub(r"^[a-z]+://|[:/].*$", "", host.lower())
            help_ = f"write {near}" if names.is_dns_subdomain(near) else "write one such as chat.example.com"
            place = (*SECTION, "hostnames", index)
            named = names.is_dns_subdomain(near) and not re.fullmatch(r"[0-9.]+", near, re.ASCII)
            edit = unsafe(Put(place, near)) if named else None
            yield Finding(place, f'"{host}" is not a host name', help_, edit=edit)


@rule(
    code="R1C691",
    slug="gateway-field-no-effect",
    severity=Severity.ERROR,
    title="Gateway field has no effect",
    why="With gateway.name the route joins a Gateway of the cluster, which has its own listeners; without "
    "it r1c writes a Gateway into the recipe's namespace (Gateway API reference, ParentReference).",
    example="spec:\n  gateway: {namespace: gateways}\n",
    fix="Write namespace together with name, and tlsSecretName only without name.",
    fields=("spec.gateway",),
)
def gateway_field_no_effect(plan: Plan) -> Iterator[Finding]:
    """Check namespace and tlsSecretName against name."""
    asked = plan.gateway
    if asked and asked.namespace is not None and asked.existing is None:
        yield Finding(
            (*SECTION, "namespace"),
            "gateway.namespace has no effect without gateway.name",
            "add name, the Gateway to use, or remove namespace",
        )
    if asked and asked.tls_secret_name is not None and asked.existing is not None:
        yield Finding(
            (*SECTION, "tlsSecretName"),
            f"gateway.tlsSecretName has no effect: the Gateway {asked.existing} has its own listeners",
            "remove tlsSecretName, or remove name to let r1c write a Gateway",
        )


@rule(
    code="R1C692",
    slug="gateway-without-key",
    severity=Severity.ERROR,
    title="Server on the internet without an API key",
    why="A Gateway of the external class has a public address, and without an API key vLLM answers every "
    "request (vllm docs, security; evidence.md, SEC005).",
    example=f"spec:\n  gateway: {{className: {EXTERNAL}, tlsSecretName: chat-certificate}}\n",
    fix="Set an API key: vllm.env: {VLLM_API_KEY: {secretKeyRef: {name: SECRET, key: KEY}}}.",
    fields=("spec.gateway.className", "spec.vllm.env"),
)
def gateway_without_key(plan: Plan) -> Iterator[Finding]:
    """Check for VLLM_API_KEY if the internet reaches the server."""
    if plan.gateway and plan.gateway.class_name == EXTERNAL and plan.server.api_key is None:
        yield Finding(
            (*SECTION, "className"),
            "everyone on the internet could use the server: it has no API key",
            "write VLLM_API_KEY: {secretKeyRef: {name: SECRET, key: KEY}} in vllm.env, or className: "
            "gke-l7-rilb",
        )


@rule(
    code="R1C693",
    slug="gateway-without-tls",
    severity=Severity.WARNING,
    title="Gateway on the internet without TLS",
    why="Without a certificate r1c's Gateway listens for HTTP: API keys, prompts and answers cross the "
    "internet in clear text (Gateway API reference, Listener).",
    example=f"spec:\n  gateway: {{className: {EXTERNAL}}}\n  vllm:\n    env: {{VLLM_API_KEY: {{secretKeyRef: "
    "{name: vllm-api, key: api-key}}}\n",
    fix="Write tlsSecretName with the Secret of a certificate, or the name of a Gateway that has one.",
    fields=("spec.gateway.className", "spec.gateway.tlsSecretName", "spec.gateway.name"),
)
def gateway_without_tls(plan: Plan) -> Iterator[Finding]:
    """Check r1c's own Gateway of the external class for a certificate."""
    asked = plan.gateway
    if asked and asked.class_name == EXTERNAL and asked.existing is None and asked.tls_secret_name is None:
        yield Finding(
            (*SECTION, "className"),
            "API keys and prompts cross the internet in clear text: the Gateway has no certificate",
            "write tlsSecretName, or name a Gateway that has one",
        )


@rule(
    code="R1C694",
    slug="picker-of-one-group",
    severity=Severity.HINT,
    title="Endpoint picker for one group",
    why="The picker chooses between groups by their queue, KV cache and prefixes. With one group it has "
    "nothing to choose, and takes 4 CPUs and 8 GiB (kubernetes-sigs/gateway-api-inference-extension, "
    "config/charts/inferencepool).",
    example="spec:\n  gateway: {endpointPicker: {}}\n",
    fix="Remove endpointPicker, or run two groups or more.",
    fields=("spec.gateway.endpointPicker", "spec.replicas", "spec.scaling"),
)
def picker_of_one_group(plan: Plan) -> Iterator[Finding]:
    """Check that there can be several groups."""
    if plan.gateway and plan.gateway.failure_mode and plan.most_groups - plan.surge <= 1:
        yield Finding(
            (*SECTION, "endpointPicker"),
            "the endpoint picker has only one group to choose from",
            "remove endpointPicker, or write replicas: 2 or more",
        )


@rule(
    code="R1C695",
    slug="picker-without-pool",
    severity=Severity.WARNING,
    title="GKE version without InferencePool",
    why="GKE installs the CRD of InferencePool v1 from 1.34.0-gke.1626000 on. In an older cluster the apply "
    "fails until someone installs the CRDs of the Inference Extension (llm-d.ai docs, gateway, GKE).",
    example="metadata:\n  annotations: {r1c.dev/allow: 'R1C632: updated next week'}\nspec:\n  replicas: 2\n"
    "  benchmark: {prompts: 1280}\n  cluster: {gke: 1.33.5-gke.1000000}\n  gateway: {endpointPicker: {}}\n",
    fix="Upgrade the cluster, or install the CRDs of the Inference Extension.",
    fields=("spec.gateway.endpointPicker", "spec.cluster.gke"),
)
def picker_without_pool(plan: Plan) -> Iterator[Finding]:
    """Check cluster.gke."""
    since, have = inference_gateway.gke().pool_since, version(plan.cluster.gke)
    if plan.gateway and plan.gateway.failure_mode and have and have < (version(since) or ()):
        yield Finding(
            (*SECTION, "endpointPicker"),
            f"GKE {plan.cluster.gke} (cluster.gke) does not install InferencePool; {since} and newer do",
            "install the CRDs of the Inference Extension, or upgrade the cluster",
            related=(Related("the first version", place=facts.cite("gateway", "gke.poolSince")),),
        )


@rule(
    code="R1C696",
    slug="gateway-kept-out",
    severity=Severity.WARNING,
    title="Network policy blocks the Gateway",
    why="GKE's Gateways send requests from the proxy-only subnet of the VPC, whose range only you know. r1c "
    "lets in Google's health checks, but a policy without that range lets no request through (Google Cloud "
    "documentation, proxy-only subnets).",
    example="spec:\n  protection: {}\n  gateway: {}\n",
    fix="Write the range of the proxy-only subnet in protection.clientRanges.",
    fields=("spec.gateway", "spec.protection.clientRanges", "spec.network.mode"),
)
def gateway_kept_out(plan: Plan) -> Iterator[Finding]:
    """Check for a range if the profile has both a Gateway and a policy."""
    guarded = plan.protection and not plan.network.host
    if plan.gateway and guarded and plan.protection and not plan.protection.ranges:
        yield Finding(
            SECTION,
            "spec.protection keeps the Gateway out: clientRanges does not have its proxy-only subnet",
            f"write its range in protection.clientRanges; `gcloud compute networks subnets list "
            f"--filter purpose:PROXY --regions {plan.cluster.region}` prints it",
        )


@rule(
    code="R1C697",
    slug="picker-without-metric",
    severity=Severity.ERROR,
    title="Endpoint picker metrics not in this vLLM release",
    why="The picker compares groups by waiting and running requests and KV use. The first releases with the "
    "V1 engine show no metrics with it (facts/vllm_metrics.json).",
    example="spec:\n  replicas: 2\n  benchmark: {prompts: 1280}\n  gateway: {endpointPicker: {}}\n"
    "  model: {id: meta-llama/Llama-3.3-70B-Instruct}\n  parallelism: {tensor: 8, pipeline: 1}\n  nodes: 1\n"
    "  vllm:\n    version: v0.7.0\n    env: {VLLM_USE_V1: '1'}\n",
    fix="Use a newer release, or remove VLLM_USE_V1.",
    fields=("spec.gateway.endpointPicker", "spec.vllm"),
)
def picker_without_metric(plan: Plan) -> Iterator[Finding]:
    """Check that the release has the three metrics, whichever of its engines runs."""
    needs: tuple[Need, ...] = ("waiting", "running", "kvCache")
    server = plan.server
    if not plan.gateway or not plan.gateway.failure_mode:
        return
    if any(vllm_metrics.name(need, server.version, server.env) is None for need in needs):
        yield Finding(
            (*SECTION, "endpointPicker"),
            f"vLLM {server.version} does not show the metrics that the endpoint picker reads",
            "remove endpointPicker, remove VLLM_USE_V1 from vllm.env, or use a newer release",
        )


RULES: tuple[Rule, ...] = (
    gateway_name,
    gateway_field_no_effect,
    gateway_without_key,
    gateway_without_tls,
    picker_of_one_group,
    picker_without_pool,
    gateway_kept_out,
    picker_without_metric,
)
