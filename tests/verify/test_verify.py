"""What a good bundle may be, the order of faults, and our schemas beside the official ones."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import kubernetes_schemas
import official_crd
from r1c.diagnostics import InternalError
from r1c.lower.bundle import Bundle, Text
from r1c.resources import schemas_dir
from r1c.verify import verify
from upstream import MISSING, UPSTREAM
from verify_breaks import (
    LWS,
    MAIN,
    add,
    both,
    drop,
    faults,
    in_both,
    in_cloudbuild,
    in_job,
    in_kustomization,
    in_service,
    put,
)
from verify_sample import (
    DOCKERFILE,
    IMAGE,
    NAME,
    REPOSITORY,
    Object,
    bundle,
    good,
    job,
    labels,
    leaderworkerset,
    metadata,
    pod_template,
    service,
    serviceaccount,
)

TOKEN = "hf_" + "a1B2" * 8


def test_a_good_bundle_is_returned_as_it_is() -> None:
    whole = bundle(good())
    assert verify(whole) is whole


def test_the_faults_are_listed_in_one_order() -> None:
    files = good()
    put("service.yaml", "spec", "type", to="Loadbalancer")(files)
    put("image/cloudbuild.yaml", "timeout", to="2h")(files)
    assert faults(files) == [
        *in_cloudbuild("timeout", '"2h" does not match ^[0-9]+s$'),
        *in_service("spec.type", '"Loadbalancer" is not one of ClusterIP, NodePort, LoadBalancer'),
    ]


@pytest.mark.parametrize(
    "held",
    [
        OrderedDict({"note": TOKEN}),
        MappingProxyType({"note": TOKEN}),
        {"note": type("Words", (str,), {})(TOKEN)},
        {1: "x", "note": TOKEN},
        {"note": [None, 1.5, True, {"deep": [TOKEN]}]},
        {"note": f"first line\nthen {TOKEN}\n"},
        {TOKEN: "x"},
        {"note": f"xhf_{TOKEN}"},
    ],
)
def test_a_token_is_found_whatever_holds_it(held: object) -> None:
    files = good()
    put("service.yaml", "metadata", "annotations", to=held)(files)
    said = [line for line in faults(files) if line.endswith("a file must not contain one")]
    assert len(said) == 1
    assert TOKEN not in said[0]


@pytest.mark.parametrize("held", ["hf_" + "a" * 29, "xhf_" + "a" * 30, "hf_" + "a" * 29 + "_"])
def test_what_only_looks_like_a_token_may_stay(held: str) -> None:
    files = good() | {"note.txt": f"{held}\n"}
    put("service.yaml", "metadata", "annotations", to={"note": held})(files)
    assert faults(files) == []


def test_a_path_of_two_files_is_a_fault() -> None:
    whole = bundle(good())
    twice = Bundle(whole.recipe, (*whole.files, Text("image/Dockerfile", DOCKERFILE)))
    with pytest.raises(InternalError, match=re.escape("image/Dockerfile: 2 files have this path")):
        verify(twice)


def test_a_secret_that_the_cluster_has_is_declared_by_the_caller() -> None:
    files = good()
    drop("kustomization.yaml", "secretGenerator")(files)
    assert len(faults(files)) == 3
    assert faults(files, frozenset({("Secret", "hf-secret")})) == []


def placeholder() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "hf-secret", "namespace": "llm"},
        "type": "Opaque",
        "stringData": {"hf_api_token": "REPLACE_ME"},
    }


def test_a_placeholder_secret_stays_out_of_the_kustomization() -> None:
    files = good() | {"secret.yaml": placeholder()}
    drop("kustomization.yaml", "secretGenerator")(files)
    assert faults(files) == []
    add("kustomization.yaml", "resources", new="secret.yaml")(files)
    assert faults(files) == in_kustomization(
        "resources", "secret.yaml holds a placeholder, and applying it would replace a live token"
    )


def test_an_external_secret_gives_the_keys_that_it_lists() -> None:
    external = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "hf-secret", "namespace": "llm"},
        "spec": {
            "refreshInterval": "1h0m0s",
            "secretStoreRef": {"name": "gcp-secret-manager", "kind": "ClusterSecretStore"},
            "target": {"name": "hf-secret", "creationPolicy": "Owner", "deletionPolicy": "Retain"},
            "data": [{"secretKey": "hf_api_token", "remoteRef": {"key": "hf-secret"}}],
        },
    }
    files = good() | {"external-secret.yaml": external}
    drop("kustomization.yaml", "secretGenerator")(files)
    add("kustomization.yaml", "resources", new="external-secret.yaml")(files)
    assert faults(files) == []
    put("external-secret.yaml", "spec", "data", 0, "secretKey", to="token")(files)
    what = "the Secret hf-secret has no key hf_api_token"
    path = "spec.containers[0].env[0].valueFrom.secretKeyRef"
    assert faults(files) == in_job(f"spec.template.{path}", what) + in_both(path, what)


def test_one_node_may_be_a_deployment() -> None:
    template = pod_template("leader")
    files = good() | {
        LWS: {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata(NAME),
            "spec": {"replicas": 1, "selector": {"matchLabels": labels("leader")}, "template": template},
        }
    }
    put("service.yaml", "spec", "selector", to=labels("leader"))(files)
    assert faults(files) == []
    put(LWS, "spec", "selector", "matchLabels", to={"app": "vllm"})(files)
    what = "the pod template has other labels"
    assert faults(files) == [f"{LWS}: Deployment {NAME}: spec.selector.matchLabels: {what}"]


OTHER = f"us-docker.pkg.dev/p/r/vllm@sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (f"{REPOSITORY}@sha256:{'0' * 64}", []),
        (f"{IMAGE}@sha256:{'0' * 64}", []),
        (
            OTHER,
            in_both(
                "spec.containers[0].image",
                f"{OTHER} is not the image that image/cloudbuild.yaml builds, {IMAGE}",
            ),
        ),
    ],
)
def test_a_digest_pins_a_build_of_the_same_repository(image: str, expected: list[str]) -> None:
    files = good()
    both(put, *MAIN, "image", to=image)(files)
    assert faults(files) == expected


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(below, (*path, key))


@pytest.mark.parametrize("junk", [None, 7, "", [], {}, [[]], {"name": []}], ids=repr)
def test_nothing_in_an_object_makes_verify_fail_otherwise(junk: Any) -> None:
    for place in [place for place in places(good()) if len(place) > 1][:: len(str(junk)) + 5]:
        files = good()
        put(*place, to=junk)(files)
        faults(files)


@pytest.mark.parametrize("path", sorted(schemas_dir().glob("*.schema.json")), ids=lambda path: path.name)
def test_each_schema_is_a_schema(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.skipif(not UPSTREAM.exists(), reason=MISSING)
def test_the_official_crd_agrees() -> None:
    assert official_crd.faults(leaderworkerset()) == []
    wrong = leaderworkerset()
    wrong["spec"]["replica"] = 1
    template = wrong["spec"]["leaderWorkerTemplate"]["leaderTemplate"]
    template["metadata"]["lables"] = {}
    template["spec"]["containers"][0]["env"] += [
        {"name": "NCCL_DEBUG", "value": 8},
        {"name": "NCCL_DEBUG", "valu": "INFO"},
    ]
    spec = "$.spec.leaderWorkerTemplate.leaderTemplate"
    assert official_crd.faults(wrong) == [
        f"{spec}.metadata.lables: unknown field",
        f"{spec}.spec.containers[0].env[4].value: 8 is not of type 'string'",
        f"{spec}.spec.containers[0].env[4]: duplicate entry for ['NCCL_DEBUG']",
        f"{spec}.spec.containers[0].env[5].valu: unknown field",
        f"{spec}.spec.containers[0].env[5]: duplicate entry for ['NCCL_DEBUG']",
        "$.spec.replica: unknown field",
    ]


@pytest.mark.parametrize("version", kubernetes_schemas.VERSIONS)
def test_kubernetes_agrees(version: str) -> None:
    objects = [service(), serviceaccount(), job(), placeholder(), *kubernetes_schemas.pods(leaderworkerset())]
    assert [kubernetes_schemas.faults(obj, version) for obj in objects] == [[]] * 6
    assert kubernetes_schemas.faults(service() | {"spce": {}}, version) == [
        "$: Additional properties are not allowed ('spce' was unexpected)"
    ]
