"""What GitOps controllers and kubectl trip over is in no output that is committed here."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

REPO = Path(__file__).resolve().parents[2]
OUTPUTS = sorted([*(REPO / "out").glob("[!.]*"), *(REPO / "tests" / "cases").glob("*/out")])
BUILT = [folder for output in OUTPUTS for folder in (output, output / "benchmark")]

Object = dict[str, Any]


def name(path: Path) -> str:
    return path.relative_to(REPO).as_posix()


def documents(output: Path) -> list[tuple[str, Object]]:
    """Return the Kubernetes objects of an output by their files, read as YAML 1.1 like kubectl does."""
    return [
        (path.relative_to(output).as_posix(), document)
        for path in sorted(output.rglob("*.yaml"))
        if path.name != "cloudbuild.yaml"
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if "kind" in document and "metadata" in document
    ]


def found(value: Any, key: str) -> Iterator[Any]:
    """Yield what stands under a key, anywhere in an object."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        for inner in value.values():
            yield from found(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from found(inner, key)


@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_values_that_must_be_texts_are_texts(output: Path) -> None:
    objects = documents(output)
    assert {document["kind"] for _, document in objects} >= {"LeaderWorkerSet", "Service", "Job"}
    for path, document in objects:
        for key in ("labels", "annotations", "matchLabels", "nodeSelector"):
            for texts in found(document, key):
                wrong = {name: value for name, value in texts.items() if not isinstance(value, str)}
                assert not wrong, f"{path}: {key} {wrong}"
        for variables in found(document, "env"):
            wrong = {
                entry["name"]: entry["value"]
                for entry in variables
                if "value" in entry and not isinstance(entry["value"], str)
            }
            assert not wrong, f"{path}: env {wrong}"


@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_no_variable_is_given_twice(output: Path) -> None:
    for path, document in documents(output):
        for variables in found(document, "env"):
            names = [entry["name"] for entry in variables]
            assert len(set(names)) == len(names), path


@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_nothing_that_flux_would_substitute(output: Path) -> None:
    """Flux's postBuild replaces ${...} in the text that kustomize builds, comments and scripts included."""
    manifests = [path for path in output.rglob("*.yaml") if path.parent.name != "image"]
    assert manifests
    for path in manifests:
        assert "${" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_what_a_controller_would_fill_in_is_written(output: Path) -> None:
    by_kind = {document["kind"]: document for _, document in documents(output)}
    spec = by_kind["LeaderWorkerSet"]["spec"]
    assert {"startupPolicy", "rolloutStrategy", "networkConfig"} <= spec.keys()
    # What an autoscaler sets is not written.
    assert ("replicas" in spec) != bool({"HorizontalPodAutoscaler", "ScaledObject"} & set(by_kind))
    assert spec["startupPolicy"] == "LeaderCreated"
    assert spec["networkConfig"] == {"subdomainPolicy": "Shared"}
    assert spec["rolloutStrategy"]["type"] == "RollingUpdate"
    assert {"maxUnavailable", "maxSurge"} <= spec["rolloutStrategy"]["rollingUpdateConfiguration"].keys()
    assert {"size", "restartPolicy"} <= spec["leaderWorkerTemplate"].keys()
    assert by_kind["Service"]["spec"]["type"]
    for path, document in documents(output):
        for ports in found(document, "ports"):
            assert all(port.get("protocol") for port in ports), f"{path}: a port has no protocol"
        # The server drops a null, which would differ for ever.
        assert None not in found_values(document), path


def found_values(value: Any) -> list[Any]:
    """Return all scalars of an object."""
    if isinstance(value, dict):
        return [scalar for inner in value.values() for scalar in found_values(inner)]
    if isinstance(value, list):
        return [scalar for inner in value for scalar in found_values(inner)]
    return [value]


@pytest.mark.kubectl
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
@pytest.mark.parametrize("folder", [BUILT[0], BUILT[1]], ids=name)
def test_kustomize_builds_no_substitution(folder: Path, tmp_path: Path) -> None:
    """The build itself brings none in: the Secret of the env file is encoded."""
    target = tmp_path / "out"
    shutil.copytree(folder, target)
    (target / "hf-secret.env").write_text("hf_api_token=${TOKEN}\n", encoding="utf-8")
    built = subprocess.run(["kubectl", "kustomize", str(target)], capture_output=True, text=True, check=True)
    assert "${" not in built.stdout
