"""The prefetch Job as it is emitted: what it runs, where it writes, and its own kustomization."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import fake_hub
import kubernetes_schemas
from difference_cases import BASE, laid_over, plan
from kustomize_recipe import find, kubectl, overlay
from r1c import pipeline, resources

COMMIT = "56d4cbbb4d29f4355bab4b9a39ccb717a14ad5ad"
GCS = {"type": "gcs", "bucket": "my-models", "path": "models/r1", "prefetch": {}}
PVC = {"type": "pvc", "claim": "r1", "prefetch": {"claim": "writer", "nodeSelector": {"pool": "c3"}}}


def compiled(source: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Return the files of the base profile with a model source, YAML as data."""
    model = {"model": {"revision": COMMIT, "source": source}}
    files = pipeline.build(plan(laid_over(BASE, {"spec": laid_over(model, spec)})))
    return {
        path: yaml.safe_load(content) if path.endswith(".yaml") else content.decode()
        for path, content in files.items()
    }


def job_of(source: dict[str, Any], **spec: Any) -> Any:
    return compiled(source, **spec)["prefetch/job.yaml"]


def container_of(job: Any) -> Any:
    (container,) = job["spec"]["template"]["spec"]["containers"]
    return container


def environment(job: Any) -> dict[str, str]:
    return {item["name"]: item.get("value", "") for item in container_of(job)["env"]}


def test_it_runs_the_tested_script_and_fills_the_mounted_folder(tmp_path: Path) -> None:
    job = job_of(GCS)
    container = container_of(job)
    assert container["command"][:2] == ["python3", "-c"]
    assert container["command"][2] == resources.read("lower", "templates", "prefetch.py").decode()
    variables = environment(job)
    assert variables["MODEL"] == "deepseek-ai/DeepSeek-R1"
    assert variables["REVISION"] == COMMIT
    (mount,) = container["volumeMounts"]
    assert variables["TARGET"].startswith(mount["mountPath"])
    target = tmp_path / variables["TARGET"].removeprefix(mount["mountPath"]).strip("/")
    files = {"config.json": b"{}", "model.safetensors": b"weights", "model.gguf": b"the same"}
    with fake_hub.serving(files) as hub:
        own = {"MODEL": "org/model", "TARGET": str(target), "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_x"}
        done = subprocess.run(
            [sys.executable, *container["command"][1:]],
            env={**variables, **own, "PATH": os.environ["PATH"], "NO_PROXY": "*"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].startswith("complete: 2 files, 2 downloaded, list ")
    found = {path.name for path in (tmp_path / "models" / "r1").iterdir()}
    assert found == {"config.json", "model.safetensors", ".r1c-weights.json"}


def test_a_claim_is_written_at_the_folder_that_servers_read() -> None:
    files = compiled({**PVC, "path": "56d4cbbb"})
    job, lws = files["prefetch/job.yaml"], files["leaderworkerset.yaml"]
    pod = job["spec"]["template"]["spec"]
    assert pod["volumes"] == [{"name": "weights", "persistentVolumeClaim": {"claimName": "writer"}}]
    assert pod["nodeSelector"] == {"pool": "c3"}
    assert "gke-gcsfuse/volumes" not in job["spec"]["template"]["metadata"]["annotations"]
    assert environment(job)["TARGET"] == "/weights/56d4cbbb"
    leader = lws["spec"]["leaderWorkerTemplate"]["leaderTemplate"]["spec"]
    assert leader["containers"][0]["args"][0] == "/weights/56d4cbbb"
    assert {"name": "weights", "persistentVolumeClaim": {"claimName": "r1", "readOnly": True}} in leader[
        "volumes"
    ]


def test_the_way_to_the_hub_is_that_of_the_server() -> None:
    job = job_of(GCS, vllm={"env": {"HF_ENDPOINT": "https://hub.example", "VLLM_LOGGING_LEVEL": "INFO"}})
    assert environment(job)["HF_ENDPOINT"] == "https://hub.example"
    assert "VLLM_LOGGING_LEVEL" not in environment(job)


@pytest.mark.parametrize(("load_format", "skipped"), [("safetensors", True), ("pt", False)])
def test_other_formats_are_kept_for_a_server_that_reads_them(load_format: str, skipped: bool) -> None:
    job = job_of(GCS, vllm={"args": {"load-format": load_format}})
    assert (".bin" in environment(job)["SKIPPED_SUFFIXES"]) == skipped


@pytest.mark.parametrize("source", [GCS, PVC])
@pytest.mark.parametrize("token", ["envFile", "manifest", "externalSecret", "existing"])
def test_the_token_is_the_jobs_alone(source: dict[str, Any], token: str) -> None:
    files = compiled(source, huggingface={"source": token})
    assert "HF_TOKEN" in environment(files["prefetch/job.yaml"])
    assert "HF_TOKEN" not in yaml.safe_dump(files["leaderworkerset.yaml"])
    assert "HF_TOKEN" not in yaml.safe_dump(files["benchmark/job.yaml"])
    outside = {path for path in files if "/" not in path}
    assert outside.isdisjoint({"secret.yaml", "external-secret.yaml", ".gitignore"})
    assert "secretGenerator" not in files["kustomization.yaml"]
    made = {path for path in files if path.startswith("prefetch/")}
    assert (
        made - {"prefetch/job.yaml", "prefetch/kustomization.yaml", "prefetch/serviceaccount.yaml"}
        == {
            "envFile": {"prefetch/.gitignore"},
            "manifest": {"prefetch/secret.yaml"},
            "externalSecret": {"prefetch/external-secret.yaml"},
            "existing": set(),
        }[token]
    )


def test_a_draft_model_of_the_hub_keeps_the_token_in_the_server() -> None:
    draft = {"vllm": {"args": {"tokenizer": "deepseek-ai/DeepSeek-R1"}}}
    files = compiled({"type": "pvc", "claim": "r1"}, **draft)
    assert "HF_TOKEN" in yaml.safe_dump(files["leaderworkerset.yaml"])
    assert "secretGenerator" in files["kustomization.yaml"]
    assert "HF_TOKEN" not in yaml.safe_dump(compiled({"type": "pvc", "claim": "r1"})["leaderworkerset.yaml"])


@pytest.mark.parametrize("version", kubernetes_schemas.VERSIONS)
@pytest.mark.parametrize("source", [GCS, PVC])
def test_kubernetes_knows_every_field(source: dict[str, Any], version: str) -> None:
    files = compiled(source)
    objects = [files["prefetch/job.yaml"], files["prefetch/serviceaccount.yaml"], files["benchmark/job.yaml"]]
    for made in (*objects, *kubernetes_schemas.pods(files["leaderworkerset.yaml"])):
        assert kubernetes_schemas.faults(made, version) == []


@kubectl
def test_an_overlay_renames_the_job_its_account_and_its_secret_together(tmp_path: Path) -> None:
    model = {"model": {"revision": COMMIT, "source": GCS}}
    for path, content in pipeline.build(plan(laid_over(BASE, {"spec": model}))).items():
        (tmp_path / "out" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / path).write_bytes(content)
    (tmp_path / "out" / "prefetch" / "hf-secret.env").write_text("hf_api_token=hf_not_a_token\n")
    built = overlay(tmp_path / "prod", ["../out/prefetch"], namePrefix="prod-", namespace="llm")
    job = find(built, "Job")
    assert job["metadata"]["name"] == "prod-base-prefetch"
    assert find(built, "ServiceAccount")["metadata"]["name"] == "prod-base-prefetch"
    assert job["spec"]["template"]["spec"]["serviceAccountName"] == "prod-base-prefetch"
    (reference,) = [item["valueFrom"] for item in container_of(job)["env"] if item["name"] == "HF_TOKEN"]
    assert reference["secretKeyRef"]["name"] == find(built, "Secret")["metadata"]["name"] == "prod-hf-secret"
    assert {item["metadata"]["namespace"] for item in built} == {"llm"}
