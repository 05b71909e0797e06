"""R1C707 to R1C710, R1C716 and R1C722: the token's Secret, the service account, and who may run what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c import facts, names
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Remove, Severity, unsafe
from r1c.diagnostics.suggest import corrected
from r1c.profile.paths import HUGGINGFACE, MODEL_ID, REVISION
from r1c.resolve.plan import Plan

STORE: Path = (*HUGGINGFACE, "externalSecret")
ACCOUNT: Path = ("spec", "serviceAccountName")


@rule(
    code="R1C707",
    slug="secret-name",
    severity=Severity.ERROR,
    title="Invalid name of a Secret or secret store",
    why="The API server refuses the object and the pods that name it (evidence.md, gcp-build-and-storage; "
    "evidence.md, KUB015).",
    example="spec:\n  huggingface:\n    secretName: HF_SECRET\n",
    fix="Use lower-case letters, digits, hyphens and dots.",
    fields=("spec.huggingface.secretName", "spec.huggingface.externalSecret", "spec.huggingface.source"),
    edits="safe or unsafe",
)
def secret_name(plan: Plan) -> Iterator[Finding]:
    """Check huggingface.secretName, and the store's name where one is used."""
    form = "lower-case letters, digits, hyphens and dots"
    checked = [((*HUGGINGFACE, "secretName"), plan.token.secret, "a Secret")]
    if plan.token.source == "externalSecret":
        checked.append(((*STORE, "store"), plan.token.store, "a secret store"))
    for path, name, what in checked:
        if not names.is_dns_subdomain(name):
            near = names.cleaned(name)
            help_ = f"write {near}" if near else f"use {form}"
            edit = corrected(path, name, near)
            yield Finding(path, f'"{name}" cannot name {what}; use {form}', help_, edit=edit)


@rule(
    code="R1C708",
    slug="secret-key",
    severity=Severity.ERROR,
    title="Invalid key of a Secret",
    why="The API server refuses the Secret, and the pods stay at CreateContainerConfigError "
    "(evidence.md, gcp-build-and-storage; evidence.md, KUB015).",
    example="spec:\n  huggingface:\n    secretKey: hf token\n",
    fix="Use letters, digits, hyphens, dots and underscores.",
    fields=("spec.huggingface.secretKey",),
)
def secret_key(plan: Plan) -> Iterator[Finding]:
    """Check huggingface.secretKey."""
    if not names.is_secret_key(plan.token.key):
        form = "letters, digits, hyphens, dots and underscores"
        message = f'"{plan.token.key}" cannot be a key of a Secret; use {form}'
        yield Finding((*HUGGINGFACE, "secretKey"), message, "write a key such as hf_api_token")


@rule(
    code="R1C709",
    slug="external-secret-no-effect",
    severity=Severity.WARNING,
    title="Secret store has no effect",
    why="r1c reads the store only with source: externalSecret. A setting without effect hides a mistake "
    "(evidence.md, GIT018).",
    example="spec:\n  huggingface:\n    externalSecret:\n      store: my-store\n",
    fix="Write source: externalSecret, or remove the store.",
    fields=("spec.huggingface.source", "spec.huggingface.externalSecret"),
)
def external_secret_no_effect(plan: Plan) -> Iterator[Finding]:
    """Check that huggingface.externalSecret comes with its source."""
    if STORE in plan.given and plan.token.source != "externalSecret":
        yield Finding(
            STORE,
            f"huggingface.externalSecret has no effect with source: {plan.token.source}",
            "write source: externalSecret, or remove externalSecret",
        )


@rule(
    code="R1C710",
    slug="service-account",
    severity=Severity.ERROR,
    title="Service account not usable for the bucket",
    why="GCS FUSE reads and writes as the pod's service account. `default` would open the bucket to every "
    "pod of the namespace, and there is no fallback to the node (GoogleCloudPlatform/gcs-fuse-csi-driver#56, "
    "#1357; evidence.md, STO003).",
    example="spec:\n  serviceAccountName: default\n",
    fix="Use a service account for this recipe alone, or remove the field.",
    fields=("spec.serviceAccountName", "metadata.name"),
    edits="unsafe",
)
def service_account(plan: Plan) -> Iterator[Finding]:
    """Check a serviceAccountName that is given; R1C601 checks the recipe's name."""
    if ACCOUNT not in plan.given:
        return
    name = plan.service_account
    way_out = f"remove serviceAccountName to use {plan.name}, or write one that has access to the bucket"
    if name == "default":
        message = "every pod of the namespace uses the service account default"
        yield Finding(ACCOUNT, message, way_out, edit=unsafe(Remove(ACCOUNT)))
    elif "@" in name:
        message = f'"{name}" is a Google Cloud service account; expected a Kubernetes service account'
        yield Finding(ACCOUNT, message, way_out, edit=unsafe(Remove(ACCOUNT)))
    elif not names.is_dns_subdomain(name):
        form = "lower-case letters, digits, hyphens and dots"
        near = names.cleaned(name)
        message = f'"{name}" cannot name a service account; use {form}'
        edit = corrected(ACCOUNT, name, near)
        yield Finding(ACCOUNT, message, f"write {near}" if near else way_out, edit=edit)


@rule(
    code="R1C716",
    slug="load-balancer-without-key",
    severity=Severity.WARNING,
    title="Load balancer without an API key",
    why="The Service gets an address in the VPC, and vLLM answers every client that reaches it: machines in "
    "the VPC, in peered networks and behind its VPNs (vllm docs, security; evidence.md, SEC005).",
    example="spec:\n  service: {type: LoadBalancer}\n",
    fix="Set an API key: vllm.env: {VLLM_API_KEY: {secretKeyRef: {name: SECRET, key: KEY}}}.",
    fields=("spec.service.type", "spec.vllm.env"),
)
def load_balancer_without_key(plan: Plan) -> Iterator[Finding]:
    """Check for VLLM_API_KEY if clients outside of the cluster reach the Service."""
    if plan.service.type == "LoadBalancer" and plan.server.api_key is None:
        yield Finding(
            ("spec", "service", "type"),
            "every machine that reaches the VPC can use the server behind this load balancer, because it has "
            "no API key",
            "write VLLM_API_KEY: {secretKeyRef: {name: SECRET, key: KEY}} in vllm.env, or type: ClusterIP",
        )


@rule(
    code="R1C722",
    slug="remote-code-moves",
    severity=Severity.HINT,
    title="Remote code from a branch or tag",
    why="With trust-remote-code each pod runs the Python code of the repository, with access to the token "
    "and the cluster's network. A branch or tag can move to other code after you have read it (vllm docs, "
    "security; evidence.md, SEC004).",
    example="spec:\n  model: {revision: main}\n  vllm:\n    args: {trust-remote-code: true}\n",
    fix="Write the commit whose code you have read.",
    fields=("spec.model.id", "spec.model.revision", "spec.model.source", "spec.vllm.args"),
)
def remote_code_moves(plan: Plan) -> Iterator[Finding]:
    """Check that the revision of remote code is a commit; code-revision can set one for the code alone.

    Without a revision, it warns only of a model that r1c does not know and whose config.json names code.
    """
    revision = plan.server.value("code-revision") or plan.model.revision
    own = plan.model.id.startswith("/") or not plan.weights.on_hub
    trusted = plan.server.value("trust-remote-code") is True and not own
    if not trusted or (isinstance(revision, str) and re.fullmatch(r"[0-9a-f]{40}", revision)):
        return
    known = plan.model.architecture
    if revision is None and known and known.remote_code and facts.architecture(plan.model.id) is None:
        yield Finding(
            MODEL_ID,
            f"trust-remote-code runs the code that {plan.model.id} has when a pod starts",
            "add model.revision with the commit that you have read, of 40 hexadecimal digits",
        )
    if not isinstance(revision, str) or not names.is_revision(revision):
        return
    code = plan.server.argument("code-revision")
    yield Finding(
        code.path if code else REVISION,
        f"trust-remote-code runs the code that {revision} of {plan.model.id} has when a pod starts",
        "write the commit whose code you have read, 40 hexadecimal digits",
    )


RULES: tuple[Rule, ...] = (
    secret_name,
    secret_key,
    external_secret_no_effect,
    service_account,
    load_balancer_without_key,
    remote_code_moves,
)
