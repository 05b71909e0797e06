"""`r1c krm` as a KRM function: by itself, and called by the real kustomize and kpt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c.diagnostics import UserError
from r1c.krm import function, resource_list

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")
BAD = BASE.replace("tensor: 8", "tensor: 6")
FUNCTION = f'#!/bin/sh\nexec "{sys.executable}" -m r1c krm\n'
KUBECTL = shutil.which("kubectl")
KUSTOMIZE = shutil.which("kustomize")
KPT = shutil.which("kpt")
KPT_EVAL = ("kpt", "fn", "eval", "--truncate-output=false")
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}}

Object = dict[str, Any]


def with_annotations(profile: str, annotations: Object) -> Object:
    data: Object = yaml.safe_load(profile)
    data["metadata"]["annotations"] = annotations
    return data


def ask(items: list[Object], config: Object | None = None) -> tuple[Object, function.Answer]:
    """Answer a list; return the answer as data, and as it is."""
    data = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}
    question = data | ({"functionConfig": config} if config else {})
    answer = function.answer(resource_list.read(yaml.safe_dump(question, sort_keys=False).encode()))
    in_json = function.answer(resource_list.read(json.dumps(question).encode()))
    assert yaml.safe_load(answer.text) == json.loads(in_json.text)
    return yaml.safe_load(answer.text), answer


def kinds(objects: list[Object]) -> list[str]:
    return [item["kind"] for item in objects]


def test_a_recipe_among_the_items_becomes_its_objects() -> None:
    data, answer = ask([CONFIG_MAP, yaml.safe_load(BASE)])
    assert kinds(data["items"]) == ["ConfigMap", "ServiceAccount", "Service", "LeaderWorkerSet"]
    assert data["items"][0] == CONFIG_MAP
    assert "results" not in data
    assert not answer.refused


def test_a_recipe_as_configuration_is_compiled_once() -> None:
    recipe = yaml.safe_load(BASE)
    alone, _ = ask([], recipe)
    twice, _ = ask([recipe], recipe)
    assert kinds(alone["items"]) == ["ServiceAccount", "Service", "LeaderWorkerSet"]
    assert alone == twice


def test_the_objects_are_those_of_compile() -> None:
    stream = subprocess.run(
        [sys.executable, "-m", "r1c", "compile", "-", "-o", "-"],
        input=BASE,
        capture_output=True,
        text=True,
        check=True,
    )
    data, _ = ask([], yaml.safe_load(BASE))
    assert data["items"] == list(yaml.safe_load_all(stream.stdout))


def test_an_object_that_is_there_is_replaced_and_known_again() -> None:
    first, _ = ask([yaml.safe_load(BASE)])
    (service,) = [item for item in first["items"] if item["kind"] == "Service"]
    old = yaml.safe_load(yaml.safe_dump(service))
    old["spec"]["ports"] = []
    old["metadata"]["annotations"] = {"config.kubernetes.io/path": "svc.yaml", "team": "a"}
    data, _ = ask([old, CONFIG_MAP, yaml.safe_load(BASE)])
    assert kinds(data["items"]) == ["Service", "ConfigMap", "ServiceAccount", "LeaderWorkerSet"]
    assert data["items"][0]["spec"] == service["spec"]
    assert data["items"][0]["metadata"]["annotations"] == {"config.kubernetes.io/path": "svc.yaml"}


def test_items_of_one_name_are_all_kept() -> None:
    data, _ = ask([CONFIG_MAP, CONFIG_MAP])
    assert data["items"] == [CONFIG_MAP, CONFIG_MAP]


def test_a_local_recipe_stays() -> None:
    recipe = with_annotations(BASE, {"config.kubernetes.io/local-config": "true"})
    data, _ = ask([recipe])
    assert data["items"][0] == recipe
    assert kinds(data["items"][1:]) == ["ServiceAccount", "Service", "LeaderWorkerSet"]


def test_a_refused_recipe_changes_nothing_and_gives_results() -> None:
    path = {"internal.config.kubernetes.io/path": "llm/base.yaml", "internal.config.kubernetes.io/index": "1"}
    recipe = with_annotations(BAD, path)
    data, answer = ask([CONFIG_MAP, recipe])
    assert answer.refused
    assert data["items"] == [CONFIG_MAP, recipe]
    (result,) = data["results"]
    assert result.pop("message").startswith("tensor parallel size 6 does not divide the 128 attention heads")
    assert result == {
        "severity": "error",
        "resourceRef": {"apiVersion": "r1c.dev/v1alpha1", "kind": "Recipe", "name": "base"},
        "field": {"path": "spec.parallelism.tensor"},
        "file": {"path": "llm/base.yaml", "index": 1},
        "tags": {"code": "R1C201", "slug": "tensor-divides-heads"},
    }
    assert [item.file for item in answer.diagnostics] == ["llm/base.yaml (spec.parallelism.tensor)"]


def test_no_result_repeats_a_credential() -> None:
    token = "hf_exampleexampleexampleexampleexamp"
    named = with_annotations(BASE.replace("name: base", f"name: {token}"), {})
    data, _ = ask([named])
    assert token not in repr(data["results"])


REPOSITORY: Object = {
    "apiVersion": "r1c.dev/v1alpha1",
    "kind": "Repository",
    "metadata": {"name": "recipes", "annotations": {"config.kubernetes.io/path": "r1c.yaml"}},
    "spec": {"defaults": {"metadata": {"namespace": "serving"}}, "allow": {"platforms": ["a3-mega"]}},
}


def test_a_repository_among_the_items_holds_for_its_recipes() -> None:
    data, answer = ask([REPOSITORY, yaml.safe_load(BASE)])
    assert not answer.refused
    assert kinds(data["items"]) == ["ServiceAccount", "Service", "LeaderWorkerSet"]
    assert {item["metadata"]["namespace"] for item in data["items"]} == {"serving"}


def test_what_a_repository_does_not_allow_changes_nothing() -> None:
    other = {**REPOSITORY, "spec": {"allow": {"platforms": ["a4"]}}}
    items = [other, yaml.safe_load(BASE)]
    data, answer = ask(items)
    assert answer.refused
    assert data["items"] == items
    assert [(item["message"], item["field"]) for item in data["results"]] == [
        (
            "platform a3-mega is not allowed in this repository; "
            "use a4, or add a3-mega to the list in r1c.yaml",
            {"path": "spec.platform"},
        )
    ]
    (label,) = answer.diagnostics[0].related
    assert (label.file, label.span) == ("r1c.yaml", None)


def test_a_repository_with_errors_is_refused_by_its_field() -> None:
    items = [{**REPOSITORY, "spec": {"profils": "x"}}, yaml.safe_load(BASE)]
    data, answer = ask(items)
    assert answer.refused
    assert data["items"] == items
    assert [item["message"] for item in data["results"]] == [
        "unknown field profils in spec; did you mean profiles?"
    ]
    assert [item.file for item in answer.diagnostics] == ["r1c.yaml (spec.profils)"]


def test_two_repositories_are_one_too_many() -> None:
    second = {**REPOSITORY, "metadata": {"name": "second"}}
    message = "r1c.yaml and Repository second are two Repositories; one applies to all recipes of a call"
    with pytest.raises(UserError, match=message):
        ask([REPOSITORY, second, yaml.safe_load(BASE)])


def test_two_recipes_may_not_make_one_object() -> None:
    second = BASE.replace("name: base\n", "name: second\n", 1).replace(
        "spec:\n", "spec:\n  serviceAccountName: base\n", 1
    )
    with pytest.raises(UserError, match="the recipes base and second both create the ServiceAccount base; "):
        ask([yaml.safe_load(BASE), yaml.safe_load(second)])


@pytest.mark.parametrize(("profile", "status"), [(BASE, 0), (BAD, 1)])
def test_the_command_reads_and_answers_on_its_streams(profile: str, status: int) -> None:
    question = {
        "apiVersion": "config.kubernetes.io/v1",
        "kind": "ResourceList",
        "items": [yaml.safe_load(profile)],
    }
    done = subprocess.run(
        [sys.executable, "-m", "r1c", "krm"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert json.loads(done.stdout)["kind"] == "ResourceList"
    if status:
        assert "--> Recipe base (spec.parallelism.tensor)\n" in done.stderr
        assert ":17" not in done.stderr


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with the function beside a recipe and an object that is no recipe."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "recipe.yaml").write_text(BASE, encoding="utf-8")
    (folder / "other.yaml").write_text(yaml.safe_dump(CONFIG_MAP), encoding="utf-8")
    script(tmp_path / "function", FUNCTION)
    return folder


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def kustomize(folder: Path, command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.mark.kubectl
@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
@pytest.mark.parametrize("as_what", ["generators", "transformers"])
def test_kustomize_in_kubectl_calls_the_function(package: Path, as_what: str) -> None:
    """Run the function through kubectl, which calls it as a container.

    kubectl has no --enable-exec, so a script named docker runs r1c instead of an image.
    """
    container = {"config.kubernetes.io/function": "container:\n  image: r1c\n"}
    config = with_annotations(BASE, container)
    resources = ["other.yaml"]
    if as_what == "transformers":
        config = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "r1c", "annotations": container},
        }
        resources.append("recipe.yaml")
    (package / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    kustomization = {"resources": resources, as_what: ["config.yaml"]}
    (package / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")
    script(package.parent / "bin" / "docker", FUNCTION)
    assert KUBECTL
    path = f"{package.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = kustomize(package, [KUBECTL, "kustomize", "--enable-alpha-plugins"], PATH=path)
    assert done.returncode == 0, done.stderr
    objects = list(yaml.safe_load_all(done.stdout))
    assert sorted(kinds(objects)) == ["ConfigMap", "LeaderWorkerSet", "Service", "ServiceAccount"]
    assert not any("annotations" in item["metadata"] for item in objects)


@pytest.mark.skipif(
    KUSTOMIZE is None, reason="kustomize is not installed; the one in kubectl has no --enable-exec"
)
def test_kustomize_runs_the_function(package: Path) -> None:
    recipe = with_annotations(BASE, {"config.kubernetes.io/function": "exec:\n  path: ../function\n"})
    (package / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    (package / "kustomization.yaml").write_text("generators: [recipe.yaml]\n", encoding="utf-8")
    assert KUSTOMIZE
    command = [KUSTOMIZE, "build", "--enable-alpha-plugins", "--enable-exec"]
    done = kustomize(package, command)
    assert done.returncode == 0, done.stderr
    assert kinds(list(yaml.safe_load_all(done.stdout))) == ["ServiceAccount", "Service", "LeaderWorkerSet"]


@pytest.mark.skipif(KPT is None, reason="kpt is not installed")
def test_kpt_evaluates_the_function_again_and_again(package: Path) -> None:
    recipe = BASE.replace(
        "  name: base\n", '  name: base\n  annotations:\n    config.kubernetes.io/local-config: "true"\n', 1
    )
    (package / "recipe.yaml").write_text(recipe, encoding="utf-8")
    for _ in range(2):
        subprocess.run(
            [*KPT_EVAL, str(package), "--exec", str(package.parent / "function")],
            capture_output=True,
            check=True,
        )
        files = {path.name: path.read_text(encoding="utf-8") for path in package.rglob("*.yaml")}
        assert sorted(files) == [
            "leaderworkerset_base.yaml",
            "other.yaml",
            "recipe.yaml",
            "service_base-svc.yaml",
            "serviceaccount_base.yaml",
        ]
        assert "annotations" not in yaml.safe_load(files["service_base-svc.yaml"])["metadata"]
    assert yaml.safe_load(files["recipe.yaml"]) == yaml.safe_load(recipe)


@pytest.mark.skipif(KPT is None, reason="kpt is not installed")
def test_kpt_shows_what_is_wrong(package: Path) -> None:
    (package / "recipe.yaml").write_text(BAD, encoding="utf-8")
    done = subprocess.run(
        [*KPT_EVAL, str(package), "--exec", str(package.parent / "function")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "recipe.yaml" in done.stderr
    assert "tensor parallel size 6" in done.stderr
    assert (package / "recipe.yaml").read_text(encoding="utf-8") == BAD
