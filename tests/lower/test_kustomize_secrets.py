"""The Secret of a recipe and those of an overlay: names, namespaces and hashes, built by the real kubectl."""

from __future__ import annotations

from pathlib import Path

import pytest

from kustomize_recipe import (
    NAME,
    NAMESPACE,
    REPO,
    assert_coherent,
    external_secret,
    find,
    kubectl,
    labels,
    overlay,
    pods,
    variables,
    write,
    write_recipe,
)
from r1c import pipeline

KEYED = REPO / "tests" / "cases" / "secret-variables" / "profile.yaml"


@pytest.fixture
def recipe(tmp_path: Path) -> list[str]:
    """A recipe with an envFile Secret: the resources of an overlay over its serving and benchmark bases."""
    write_recipe(tmp_path / "out" / NAME)
    return [f"../out/{NAME}", f"../out/{NAME}/benchmark"]


@kubectl
def test_an_env_file_makes_the_secret_in_the_namespace_of_the_recipe(
    tmp_path: Path, recipe: list[str]
) -> None:
    built = overlay(tmp_path / "prod", recipe)
    assert find(built, "Secret") == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "hf-secret", "namespace": NAMESPACE, "labels": labels(NAME, "serving")},
        "type": "Opaque",
        "data": {"hf_api_token": "aGZfbm90X2FfdG9rZW4="},
    }


@kubectl
def test_an_existing_secret_keeps_its_name(tmp_path: Path) -> None:
    write_recipe(tmp_path / "out", "existing")
    built = overlay(tmp_path / "prod", ["../out", "../out/benchmark"], namePrefix="prod-")
    assert_coherent(built, "hf-secret", "prod-")


@kubectl
def test_an_external_secret_and_the_secret_it_makes_are_renamed_together(tmp_path: Path) -> None:
    write_recipe(tmp_path / "out", "externalSecret")
    built = overlay(tmp_path / "prod", ["../out", "../out/benchmark"], namePrefix="prod-", namespace="prod")
    assert_coherent(built, "prod-hf-secret", "prod-")
    external = find(built, "ExternalSecret")
    assert external["metadata"]["name"] == "prod-hf-secret"
    assert external["spec"] == external_secret(NAME, "prod")["spec"] | {"target": {"name": "prod-hf-secret"}}


@kubectl
def test_a_secret_that_the_user_lists(tmp_path: Path) -> None:
    write_recipe(tmp_path / "out", "existing")
    own = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hf-secret", "namespace": NAMESPACE}}
    write(tmp_path / "prod/secret.yaml", own)
    built = overlay(tmp_path / "prod", ["../out", "../out/benchmark", "secret.yaml"], namePrefix="prod-")
    assert_coherent(built, "prod-hf-secret", "prod-")


@kubectl
def test_a_generator_of_the_overlay_with_its_hash(tmp_path: Path) -> None:
    write_recipe(tmp_path / "out", "existing")
    generator = {"name": "hf-secret", "namespace": NAMESPACE, "literals": ["hf_api_token=hf_not_a_token"]}
    built = overlay(tmp_path / "prod", ["../out", "../out/benchmark"], secretGenerator=[generator])
    made = find(built, "Secret")["metadata"]["name"]
    assert made.startswith("hf-secret-")
    assert_coherent(built, made)


# What else an overlay may bring


@kubectl
def test_a_secret_of_a_variable_follows_an_overlay_that_makes_it(tmp_path: Path) -> None:
    """The output names the Secret and does not bring it: an overlay that makes it renames the references."""
    compiled = pipeline.analyse("profile.yaml", KEYED.read_bytes()).plan
    assert compiled is not None
    for path, content in pipeline.build(compiled).items():
        place = tmp_path / "out" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (tmp_path / "out/hf-secret.env").write_text("hf_api_token=a\n", encoding="utf-8")
    made = {"name": "vllm-api", "namespace": "inference", "literals": ["api-key=a"]}
    built = overlay(
        tmp_path / "prod",
        ["../out", "../out/benchmark"],
        namePrefix="prod-",
        secretGenerator=[made],
        generatorOptions={"disableNameSuffixHash": True},
    )
    leader, worker = pods(find(built, "LeaderWorkerSet"))
    wanted = {"secretKeyRef": {"name": "prod-vllm-api", "key": "api-key"}}
    assert variables(leader)["VLLM_API_KEY"] == variables(worker)["VLLM_API_KEY"] == wanted
    assert variables(find(built, "Job")["spec"]["template"])["OPENAI_API_KEY"] == wanted
    # One that nobody makes keeps its name.
    assert variables(leader)["AWS_SECRET_ACCESS_KEY"] == {"secretKeyRef": {"name": "s3", "key": "secret"}}
