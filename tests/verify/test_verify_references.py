"""References that find nothing, and tokens, in the exact words."""

from __future__ import annotations

import pytest

from verify_breaks import (
    ENV,
    JOB_SPEC,
    LWS,
    Mutation,
    add,
    both,
    drop,
    faults_after,
    in_both,
    in_job,
    in_kustomization,
    in_lws,
    in_service,
    put,
)
from verify_sample import NAME, TOKEN, leaderworkerset, metadata

NO_ACCOUNT = in_both(
    "spec.serviceAccountName",
    f"there is no ServiceAccount {NAME} in the output, nor one known to be in the cluster",
)

CASES: dict[str, tuple[Mutation, list[str]]] = {
    "selector that finds nothing": (
        put("service.yaml", "spec", "selector", "role", to="leader"),
        in_service("spec.selector", "no pod has all of these labels"),
    ),
    "selector that finds workers": (
        drop("service.yaml", "spec", "selector", "leaderworkerset.sigs.k8s.io/worker-index"),
        in_service("spec.selector", "workers have these labels too, but they do not serve requests"),
    ),
    "target port that no container has": (
        put("service.yaml", "spec", "ports", 0, "targetPort", to=8001),
        in_service("spec.ports[0].targetPort", "the pods have no port 8001"),
    ),
    "service of the set's own name": (
        put("service.yaml", "metadata", "name", to=NAME),
        [
            *in_job(
                "spec.template.spec.containers[0].env[1].value",
                "there is no Service deepseek-r1-a3mega-svc in the output",
            ),
            f"service.yaml: Service {NAME}: metadata.name: "
            "the controller makes a Service of the LeaderWorkerSet's own name for its DNS",
        ],
    ),
    "benchmark of another service": (
        put(*JOB_SPEC, "containers", 0, "env", 1, "value", to="vllm"),
        in_job("spec.template.spec.containers[0].env[1].value", "there is no Service vllm in the output"),
    ),
    "benchmark of no service": (
        drop(*JOB_SPEC, "containers", 0, "env", 1),
        in_job("spec.template", "no container has the variable SERVICE"),
    ),
    "secret that is not there": (
        put(*JOB_SPEC, "containers", 0, "env", 0, "valueFrom", "secretKeyRef", "name", to="hf"),
        in_job(
            "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef",
            "there is no Secret hf in the output, nor one known to be in the cluster",
        ),
    ),
    "service account that is not there": (
        both(put, "spec", "serviceAccountName", to="other"),
        in_both(
            "spec.serviceAccountName",
            "there is no ServiceAccount other in the output, nor one known to be in the cluster",
        ),
    ),
    "template of a claim that is not there": (
        both(
            put,
            "spec",
            "resourceClaims",
            to=[{"name": "rdma", "resourceClaimTemplateName": "other-rdma"}],
        ),
        in_both(
            "spec.resourceClaims[0].resourceClaimTemplateName",
            "there is no ResourceClaimTemplate other-rdma in the output, nor one known to be in the cluster",
        ),
    ),
    "claim that the pod does not have": (
        both(put, *ENV[:-1], "resources", "claims", to=[{"name": "rdma"}]),
        in_both("spec.containers[0].resources.claims[0]", "the pod has no claim named rdma"),
    ),
    "object in another namespace": (
        put("service.yaml", "metadata", "namespace", to="default"),
        in_service("metadata.namespace", '"default" is not "llm", the namespace of the first object'),
    ),
    "object twice": (
        put("serviceaccount.yaml", to=leaderworkerset() | {"metadata": metadata(NAME)}),
        [
            *NO_ACCOUNT,
            *(line.replace(LWS, "serviceaccount.yaml") for line in NO_ACCOUNT),
            *in_lws("metadata.name", f"there is another LeaderWorkerSet {NAME} in the output"),
        ],
    ),
    "resource that is not there": (
        add("kustomization.yaml", "resources", new="secret.yaml"),
        in_kustomization("resources[3]", "there is no file secret.yaml in the output"),
    ),
    "configuration that is not there": (
        drop("kustomizeconfig.yaml"),
        in_kustomization("configurations[0]", "there is no file kustomizeconfig.yaml in the output"),
    ),
    "merge schema that is not there": (
        drop("kustomizeschema.yaml"),
        in_kustomization("openapi.path", "there is no file kustomizeschema.yaml in the output"),
    ),
    "file that is not listed": (
        drop("kustomization.yaml", "resources", 2),
        in_kustomization("resources", "service.yaml is not listed"),
    ),
    "generated secret in another namespace": (
        drop("kustomization.yaml", "secretGenerator", 0, "namespace"),
        in_kustomization("secretGenerator[0]", 'the namespace "" is not "llm", that of the objects'),
    ),
    "generated secret with a hash in its name": (
        drop("kustomization.yaml", "secretGenerator", 0, "options"),
        in_kustomization(
            "secretGenerator[0]", "without disableNameSuffixHash the name differs from its references"
        ),
    ),
    "generated secret with the label of one recipe": (
        put(
            "kustomization.yaml",
            "secretGenerator",
            0,
            "options",
            to={"disableNameSuffixHash": True, "labels": {"app.kubernetes.io/instance": NAME}},
        ),
        in_kustomization(
            'secretGenerator[0].options.labels["app.kubernetes.io/instance"]',
            "the Secret is shared, and this label is one recipe's",
        ),
    ),
    "file with a secret that git would take": (
        put(".gitignore", to="*.env.bak\n"),
        in_kustomization("secretGenerator[0].envs", ".gitignore has no line /hf-secret.env"),
    ),
    "kustomization of another namespace": (
        put("kustomization.yaml", "namespace", to="default"),
        in_kustomization("namespace", '"default" is not "llm", the namespace of the objects'),
    ),
    "token in a value": (
        both(add, *ENV, new={"name": "HF", "value": f"token {TOKEN}"}),
        in_both(
            "spec.containers[0].env[4].value",
            "this looks like a Hugging Face token; a file must not contain one",
        ),
    ),
    "token in a text": (
        put("image/benchmark.sh", to=f"#!/usr/bin/env bash\nexport HF_TOKEN={TOKEN}\n"),
        ["image/benchmark.sh: line 2: this looks like a Hugging Face token; a file must not contain one"],
    ),
    "token where a name belongs": (
        put("kustomization.yaml", "namespace", to=TOKEN),
        in_kustomization("namespace", '"hf_(hidden)" does not match ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')
        + in_kustomization("namespace", '"hf_(hidden)" is not "llm", the namespace of the objects')
        + in_kustomization("namespace", "this looks like a Hugging Face token; a file must not contain one"),
    ),
}


@pytest.mark.parametrize(("mutation", "expected"), CASES.values(), ids=CASES)
def test_a_reference_that_finds_nothing_is_named(mutation: Mutation, expected: list[str]) -> None:
    assert faults_after(mutation) == sorted(expected)
