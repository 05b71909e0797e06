"""Builds that do not make what the pods use, in the exact words."""

from __future__ import annotations

import pytest

from verify_breaks import Mutation, add, drop, faults_after, in_both, in_cloudbuild, in_job, put
from verify_sample import DOCKERFILE

CASES: dict[str, tuple[Mutation, list[str]]] = {
    "substitution that is not declared": (
        add("image/cloudbuild.yaml", "steps", 0, "args", new="--label=x=${_ARTIFACT_REGISTRY}"),
        in_cloudbuild("steps[0].args[4]", "_ARTIFACT_REGISTRY is used but not declared under substitutions"),
    ),
    "substitution that is not used": (
        put("image/cloudbuild.yaml", "substitutions", "_REGION", to="us-central1"),
        in_cloudbuild("substitutions._REGION", "no step uses it, which Cloud Build refuses"),
    ),
    "image pushed that is not built": (
        put("image/cloudbuild.yaml", "images", 0, to="${_REPOSITORY}/vllm:${_VERSION}"),
        in_cloudbuild(
            "images", "the images pushed are not the tags built, ${_REPOSITORY}/vllm-openai:${_VERSION}"
        ),
    ),
    "script that is not in the context": (
        drop("image/benchmark.sh"),
        [
            "image/Dockerfile: COPY benchmark.sh: there is no file image/benchmark.sh in the output",
            *in_job(
                "spec.template.spec.containers[0].command[1]",
                "image/Dockerfile does not copy anything to /vllm-workspace/benchmark.sh",
            ),
        ],
    ),
    "script that is copied elsewhere": (
        put(
            "image/Dockerfile", to=DOCKERFILE.replace("/vllm-workspace/ray_init.sh", "/workspace/ray_init.sh")
        ),
        in_both(
            "spec.containers[0].command[2]",
            "image/Dockerfile does not copy anything to /vllm-workspace/ray_init.sh",
        ),
    ),
}


@pytest.mark.parametrize(("mutation", "expected"), CASES.values(), ids=CASES)
def test_a_fault_of_the_build_is_named(mutation: Mutation, expected: list[str]) -> None:
    assert faults_after(mutation) == sorted(expected)
