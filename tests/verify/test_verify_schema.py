"""What does not fit its schema, in the exact words."""

from __future__ import annotations

import pytest

from verify_breaks import (
    ENV,
    GCSFUSE,
    JOB_SPEC,
    LWS,
    MAIN,
    Mutation,
    both,
    drop,
    faults_after,
    in_both,
    in_cloudbuild,
    in_job,
    in_leader,
    in_lws,
    leader,
    put,
)
from verify_sample import NAME

CASES: dict[str, tuple[Mutation, list[str]]] = {
    "unknown field": (
        leader(put, "spec", "hostNetwrok", to=True),
        in_leader("spec.hostNetwrok", "unknown field")
        + in_leader("spec.hostNetwrok", "the leader has this field, the worker does not"),
    ),
    "missing field": (
        drop(LWS, "spec", "leaderWorkerTemplate", "size"),
        in_lws("spec.leaderWorkerTemplate", "the field size is missing"),
    ),
    "number as environment value": (
        both(put, *ENV, 3, "value", to=8),
        in_both("spec.containers[0].env[3].value", "8 is not a string"),
    ),
    "boolean as annotation": (
        both(put, *GCSFUSE, to=True),
        in_both(
            'metadata.annotations["gke-gcsfuse/volumes"]',
            'a Cloud Storage volume needs this annotation, with the value "true"',
        )
        + in_both('metadata.annotations["gke-gcsfuse/volumes"]', "true is not a string"),
    ),
    "boolean as volume attribute": (
        both(put, "spec", "volumes", 3, "csi", "volumeAttributes", "skipCSIBucketAccessCheck", to=False),
        in_both("spec.volumes[3].csi.volumeAttributes.skipCSIBucketAccessCheck", "false is not a string"),
    ),
    "environment variable with a value and a source": (
        both(put, *ENV, 0, "value", to="x"),
        in_both("spec.containers[0].env[0]", "a map has 3 entries; the maximum is 2"),
    ),
    "environment name": (
        both(put, *ENV, 3, "name", to="NCCL-DEBUG"),
        in_both("spec.containers[0].env[3].name", '"NCCL-DEBUG" does not match ^[A-Za-z_][A-Za-z0-9_]*$'),
    ),
    "enum": (
        put(LWS, "spec", "leaderWorkerTemplate", "restartPolicy", to="Default"),
        in_lws(
            "spec.leaderWorkerTemplate.restartPolicy",
            '"Default" is not one of RecreateGroupOnPodRestart, RecreateGroupAfterStart, None',
        ),
    ),
    "label value": (
        put("serviceaccount.yaml", "metadata", "labels", "app.kubernetes.io/part-of", to="no spaces"),
        [
            f"serviceaccount.yaml: ServiceAccount {NAME}: "
            'metadata.labels["app.kubernetes.io/part-of"]: "no spaces" does not match '
            "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"
        ],
    ),
    "name that ends in a line feed": (
        put("benchmark/job.yaml", "metadata", "name", to="bench\n"),
        [
            "benchmark/job.yaml: Job bench\\n: metadata.name: "
            '"bench\\n" does not match ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
            "benchmark/job.yaml: Job bench\\n: metadata.name: "
            '"bench\\n" does not match ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
        ],
    ),
    "label key": (
        put("serviceaccount.yaml", "metadata", "labels", to={"-x": "y"}),
        [
            f'serviceaccount.yaml: ServiceAccount {NAME}: metadata.labels: the key "-x" does not match '
            "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
        ],
    ),
    "float as count": (
        put(LWS, "spec", "replicas", to=1.0),
        in_lws("spec.replicas", "1.0 is not an integer"),
    ),
    "too small": (
        put(LWS, "spec", "leaderWorkerTemplate", "size", to=0),
        in_lws("spec.leaderWorkerTemplate.size", "0 is below 1"),
    ),
    "two handlers in a probe": (
        leader(put, *MAIN, "readinessProbe", "tcpSocket", to={"port": 8000}),
        in_leader(
            "spec.containers[0].readinessProbe",
            "a probe has exactly one of exec, grpc, httpGet and tcpSocket",
        ),
    ),
    "restart policy of an ordinary container": (
        both(put, *MAIN, "restartPolicy", to="Always"),
        in_both("spec.containers[0].restartPolicy", "only an init container has one"),
    ),
    "restart policy of a job": (
        put(*JOB_SPEC, "restartPolicy", to="Always"),
        in_job("spec.template.spec.restartPolicy", '"Always" is not one of Never, OnFailure'),
    ),
    "duration of the build": (
        put("image/cloudbuild.yaml", "timeout", to="2h"),
        in_cloudbuild("timeout", '"2h" does not match ^[0-9]+s$'),
    ),
    "disk of the build": (
        put("image/cloudbuild.yaml", "options", "diskSizeGb", to=5000),
        in_cloudbuild("options.diskSizeGb", "5000 is above 4000"),
    ),
    "build step that has a script and arguments": (
        put("image/cloudbuild.yaml", "steps", 0, "script", to="true"),
        in_cloudbuild("steps[0]", "a step has either script, or args and entrypoint"),
    ),
    "unknown kind": (
        put("service.yaml", "kind", to="Ingress"),
        [
            *in_job(
                "spec.template.spec.containers[0].env[1].value",
                f"there is no Service {NAME}-svc in the output",
            ),
            f"service.yaml: Ingress {NAME}-svc: r1c has no schema for the kind Ingress of v1",
        ],
    ),
    "unknown file without kind": (
        put("values.yaml", to={"a": 1}),
        ["values.yaml: the document has no kind, and r1c has no schema for a file of this name"],
    ),
}


@pytest.mark.parametrize(("mutation", "expected"), CASES.values(), ids=CASES)
def test_what_does_not_fit_its_schema_is_named(mutation: Mutation, expected: list[str]) -> None:
    assert faults_after(mutation) == sorted(expected)
