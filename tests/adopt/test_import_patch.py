"""`r1c import manifest --patch`: what a profile cannot say is in the objects that kubectl builds with it."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c.adopt.manifest import overlay_patch
from r1c.adopt.manifest.account import at_path, leaves
from r1c.adopt.manifest.convert import from_workload
from r1c.adopt.manifest.stream import read_stream
from r1c.adopt.manifest.workload import find_workload
from r1c.adopt.profile_draft import Asked
from r1c.cli import main
from r1c.diagnostics import UserError

needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
CASES = sorted((Path(__file__).parent / "imports" / "patch").iterdir())
OPTIONS = ["--platform", "a3-ultra", "--project", "my-project", "--cluster", "c", "--region", "us-central1"]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(
    case: Path,
    golden: Callable[[Path, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(case)
    file = tmp_path / "patch.yaml"
    others = tmp_path / "objects.yaml"
    arguments = ["--patch", str(file), "--objects", str(others)]
    status = main(["import", "manifest", "manifest.yaml", *OPTIONS, *arguments])
    printed = capsys.readouterr()
    said = printed.err.replace(f"{tmp_path}/", "")
    # Standard output is redirected into the profile, so it has nothing else. profile.yaml has a bucket.
    profile = (case / "profile.yaml").read_text(encoding="utf-8")
    assert re.sub("bucket: .*", "bucket:", printed.out) == re.sub("bucket: .*", "bucket:", profile)
    golden(case / "patch.yaml", file.read_text(encoding="utf-8"))
    if others.exists():
        golden(case / "objects.yaml", others.read_text(encoding="utf-8"))
    golden(case / "stderr.txt", f"{said}exit {status}\n")


def built(case: Path, folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Compile the profile, and build it with the patch; return the objects by kind, and what is left."""
    stream = read_stream("manifest.yaml", (case / "manifest.yaml").read_bytes())
    one = find_workload(stream, "manifest.yaml")
    asked = Asked(None, "a3-ultra", "my-project", "c", "us-central1")
    draft = from_workload(stream, one, asked)
    made = overlay_patch.patch(stream, one, draft, with_objects=True)
    (folder / "overlay").mkdir()
    (folder / "profiles").mkdir()
    (folder / "overlay" / "patch.yaml").write_text(made.text, encoding="utf-8")
    profile = (case / "profile.yaml").read_text(encoding="utf-8")
    (folder / "profiles" / "p.yaml").write_text(profile, encoding="utf-8")
    assert main(["compile", str(folder / "profiles" / "p.yaml"), "-q", "-o", str(folder / "out")]) == 0
    name = yaml.safe_load(profile)["metadata"]["name"]
    (folder / "out" / name / "hf-secret.env").write_text("hf_api_token=x\n", encoding="utf-8")
    file = "objects.yaml" if made.objects else None
    (folder / "overlay" / "objects.yaml").write_text(made.objects, encoding="utf-8")
    lines = overlay_patch.kustomization(name, "patch.yaml", file).replace("../../out", "../out")
    (folder / "overlay" / "kustomization.yaml").write_text(lines, encoding="utf-8")
    done = subprocess.run(
        ["kubectl", "kustomize", str(folder / "overlay")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    objects = [item for item in yaml.safe_load_all(done.stdout) if item]
    return {item["kind"]: item for item in reversed(objects)}, dict(made.left)


def has(built_: Any, wanted: Any) -> bool:
    """Tell whether every value of the source is in what was built, in lists in any place."""
    if isinstance(wanted, dict):
        return isinstance(built_, dict) and all(has(built_.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(built_, list) and all(any(has(one, value) for one in built_) for value in wanted)
    return bool(built_ == wanted)


@needs_kubectl
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_every_part_for_an_overlay_is_in_the_built_objects_or_named(case: Path, tmp_path: Path) -> None:
    objects, left = built(case, tmp_path)
    stream = read_stream("manifest.yaml", (case / "manifest.yaml").read_bytes())
    one = find_workload(stream, "manifest.yaml")
    draft = from_workload(stream, one, Asked(None, "a3-ultra", "my-project", "c", "us-central1"))
    assert len(draft.overlay) > 5
    sources = {item.kind: item.data for item in reversed(stream.objects)}
    pod = objects["LeaderWorkerSet"]["spec"]["leaderWorkerTemplate"]["leaderTemplate"]
    for part in draft.overlay:
        if part.what in left or "ports" in part.path:
            continue
        value = at_path(sources[part.kind] if part.kind else one.item.data, part.path)
        whole = objects[part.kind or "LeaderWorkerSet"]
        said = {str(leaf) for _, leaf in leaves(value)} - {*SECRETS, *NAMED}
        found = {str(leaf) for _, leaf in leaves(whole)}
        # The pod's volumes may have the names of the output's.
        assert said - {"shm"} <= found, part.what
        inside = part.path[: len(one.path)] == one.path and not part.kind
        if inside and not any(isinstance(key, int) for key in part.path):
            assert has(at_path(pod, part.path[len(one.path) :]), value), part.what


NAMED = {"API_TOKEN", "HF"}
SECRETS = {"not-to-be-seen", "hf_abcdefghijklmnopqrstuvwxyzabcdefgh"}


@needs_kubectl
def test_the_built_group_is_whole_and_has_no_credential(tmp_path: Path) -> None:
    objects, _ = built(CASES[0], tmp_path)
    group = objects["LeaderWorkerSet"]["spec"]["leaderWorkerTemplate"]
    leader, worker = (group[name]["spec"] for name in ("leaderTemplate", "workerTemplate"))
    assert [one["name"] for one in leader["containers"]] == ["vllm-leader", "logs"]
    assert [one["name"] for one in worker["containers"]] == ["vllm-worker"]
    for pod in (leader, worker):
        assert all(one.get("image") for one in pod["containers"])
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert all(len(volume) > 1 for volume in pod["volumes"])
        for one in (*pod["containers"], *pod.get("initContainers", ())):
            assert {mount["name"] for mount in one.get("volumeMounts", ())} <= volumes, one["name"]
    assert leader["imagePullSecrets"] == worker["imagePullSecrets"] == [{"name": "registry"}]
    assert {"name": "weights", "persistentVolumeClaim": {"claimName": "weights"}} in worker["volumes"]
    text = (tmp_path / "overlay" / "patch.yaml").read_text(encoding="utf-8")
    assert not any(secret in text for secret in SECRETS)
    assert objects["ResourceQuota"]["spec"] == {"hard": {"pods": "10"}}
    assert objects["ResourceQuota"]["metadata"] == {"name": "r1", "namespace": "serving"}
    assert {"name": "metrics", "containerPort": 9090} in leader["containers"][0]["ports"]


def named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = [item for item in items if item["name"] == name]
    return found


@needs_kubectl
def test_what_only_the_workers_have_is_in_the_built_workers_alone(tmp_path: Path) -> None:
    objects, left = built(next(case for case in CASES if case.name == "workers"), tmp_path)
    group = objects["LeaderWorkerSet"]["spec"]["leaderWorkerTemplate"]
    leader, worker = group["leaderTemplate"], group["workerTemplate"]
    assert worker["metadata"]["labels"]["tier"] == "worker"
    assert worker["metadata"]["annotations"]["example.com/scrape"] == "false"
    assert "tier" not in leader["metadata"]["labels"]
    pod = worker["spec"]
    assert pod["priorityClassName"] == "spot"
    assert pod["nodeSelector"] == {
        "cloud.google.com/gke-accelerator": "nvidia-h200-141gb",
        "example.com/pool": "workers",
    }
    # The list has r1c's own taints too.
    assert [one["key"] for one in pod["tolerations"]] == ["example.com/spot", "nvidia.com/gpu"]
    assert pod["affinity"]["podAffinity"]
    assert {one["name"] for one in pod["initContainers"]} >= {"tune"}
    assert [one["name"] for one in pod["containers"]] == ["vllm-worker", "logs"]
    server = pod["containers"][0]
    assert server["workingDir"] == "/scratch"
    assert server["envFrom"] == [{"secretRef": {"name": "of-workers"}}]
    assert server["resources"]["limits"].items() >= {"example.com/port": 1, "memory": "200Gi"}.items()
    assert server["resources"]["limits"]["nvidia.com/gpu"] == 8
    # The variable is a literal in the leader and a reference in the workers: the patch leaves one of the two.
    assert named(server["env"], "OMP_NUM_THREADS") == {
        "name": "OMP_NUM_THREADS",
        "valueFrom": {"configMapKeyRef": {"name": "tuning", "key": "threads"}},
    }
    assert named(leader["spec"]["containers"][0]["env"], "OMP_NUM_THREADS")["value"] == "8"
    assert named(server["env"], "VLLM_LOGGING_LEVEL")["value"] == "INFO"
    assert named(pod["volumes"], "shared-memory")["emptyDir"] == {"medium": "Memory", "sizeLimit": "32Gi"}
    assert named(leader["spec"]["volumes"], "shared-memory")["emptyDir"]["sizeLimit"] == "64Gi"
    volumes = {volume["name"] for volume in pod["volumes"]}
    for one in (*pod["containers"], *pod["initContainers"]):
        assert {mount["name"] for mount in one.get("volumeMounts", ())} <= volumes, one["name"]
    assert "not-to-be-seen" not in str(objects)
    assert left["variable NCCL_DEBUG of the workers"] == "r1c writes the variable NCCL_DEBUG itself"


@needs_kubectl
def test_the_ports_and_services_beside_the_servers_reach_the_built_pods(tmp_path: Path) -> None:
    objects, left = built(next(case for case in CASES if case.name == "workers"), tmp_path)
    service = objects["Service"]
    assert service["metadata"]["name"] == "r1-svc"
    assert service["spec"]["sessionAffinity"] == "ClientIP"
    by_port = {port["port"]: port for port in service["spec"]["ports"]}
    assert by_port[80] == {
        "name": "http-80",
        "port": 80,
        "protocol": "TCP",
        "targetPort": 8000,
        "nodePort": 30080,
    }
    assert by_port[9400] == {"name": "metrics", "port": 9400, "protocol": "TCP", "targetPort": 9401}
    assert len(service["spec"]["ports"]) == 3
    assert by_port[8000].items() >= {"name": "http", "nodePort": 30800, "appProtocol": "http"}.items()
    assert left["port 9999 of Service r1"] == "no container has a port with the name nobody"
    assert left["Service elsewhere"] == "its selector matches no pod of the recipe"
    account = objects["ServiceAccount"]["metadata"]
    assert account["annotations"] == {
        "iam.gke.io/gcp-service-account": "server@my-project.iam.gserviceaccount.com"
    }
    text = (tmp_path / "overlay" / "objects.yaml").read_text(encoding="utf-8")
    metrics, tuning = yaml.safe_load_all(text)
    assert metrics["spec"]["ports"] == [{"name": "metrics", "port": 9400, "targetPort": 9401}]
    assert "clusterIP" not in metrics["spec"]
    labels = objects["LeaderWorkerSet"]["spec"]["leaderWorkerTemplate"]["leaderTemplate"]["metadata"][
        "labels"
    ]
    assert labels["team"] == metrics["spec"]["selector"]["team"]
    assert (tuning["kind"], tuning["metadata"]["name"]) == ("ConfigMap", "tuning")


def test_an_object_with_the_name_of_one_of_the_recipes_is_not_written_beside_it() -> None:
    service = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: r1-svc}\n"
        "spec: {selector: {team: search}, ports: [{port: 1}]}\n---\n"
    )
    text = (CASES[0] / "manifest.yaml").read_text(encoding="utf-8")
    head, rest = text.split("---\n", 1)
    stream = read_stream("m", f"{head}---\n{service}{rest}".encode())
    one = find_workload(stream, "m")
    made = overlay_patch.patch(stream, one, from_workload(stream, one, Asked()), with_objects=True)
    assert made.left["Service r1-svc"] == "the recipe has a Service with this name itself"


def test_the_security_context_of_the_pods_is_in_the_patch() -> None:
    # r1c writes none for the pods: a file of the volume that only this group may read stays readable.
    text = (CASES[0] / "manifest.yaml").read_text(encoding="utf-8")
    stream = read_stream(
        "m", re.sub(r"( +)containers:", r"\1securityContext: {fsGroup: 1000}\n\g<0>", text, count=1).encode()
    )
    one = find_workload(stream, "m")
    made = overlay_patch.patch(stream, one, from_workload(stream, one, Asked(platform="a3-ultra")))
    assert "securityContext" in made.has
    assert "fsGroup: 1000" in made.text


def test_an_existing_patch_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "patch.yaml"
    file.write_text("mine\n", encoding="utf-8")
    manifest = str(CASES[0] / "manifest.yaml")
    assert main(["import", "manifest", manifest, "--patch", str(file)]) == 2
    assert file.read_text(encoding="utf-8") == "mine\n"
    assert capsys.readouterr().out == ""


def test_objects_need_a_patch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest, file = str(CASES[0] / "manifest.yaml"), str(tmp_path / "objects.yaml")
    assert main(["import", "manifest", manifest, "--objects", file]) == 2
    assert capsys.readouterr().err == "r1c: --objects goes with --patch: add --patch FILE\n"


def test_without_a_platform_the_output_is_not_known() -> None:
    text = (CASES[1] / "manifest.yaml").read_text(encoding="utf-8")
    stream = read_stream("m", text.replace("nvidia-h200-141gb", "another").encode())
    one = find_workload(stream, "m")
    with pytest.raises(UserError) as raised:
        overlay_patch.patch(stream, one, from_workload(stream, one, Asked()))
    assert str(raised.value) == "--patch needs spec.platform, which the source does not give; add --platform"


VALUES = """
model: {name: deepseek-ai/DeepSeek-R1, tp_size: 8, pp_size: 2}
job: {image: {repository: us-central1-docker.pkg.dev/my-project/my-repo/vllm-openai, tag: v0.10.2}, gpus: 16}
gpuPlatformSettings: {useHostPlugin: false}
volumes:
  gcsMounts:
  - {bucketName: my-bucket, mountPath: /gcs}
  - {bucketName: prompts, mountPath: /prompts, mountOptions: "implicit-dirs,only-dir=a"}
  - {bucketName: taken, mountPath: /dev/shm}
  - {bucketName: nowhere}
"""


def test_further_buckets_of_helm_values_are_in_a_patch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values, patch = tmp_path / "values.yaml", tmp_path / "patch.yaml"
    values.write_text(VALUES, encoding="utf-8")
    options = ["--project", "my-project", "--region", "us-central1", "--name", "r1", "--patch", str(patch)]
    assert main(["import", "helm", str(values), *options]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "gcsMounts" in line or ": gcs" in line]
    one = "a profile has one bucket; mount others in an overlay, which --patch writes"
    assert said == [
        f"not carried: volumes.gcsMounts[2] (taken): {one}; not in the patch: r1c writes the mount at "
        "/dev/shm itself",
        f"not carried: volumes.gcsMounts[3] (nowhere): {one}; not in the patch: it has no mountPath",
        "in the patch: volumes.gcsMounts[1] (prompts)",
        "in the patch: volumes.gcsMounts[1].mountOptions (implicit-dirs,only-dir=a)",
    ]
    built_ = yaml.safe_load(patch.read_text(encoding="utf-8"))
    assert built_["metadata"] == {"name": "r1", "namespace": "default"}
    group = built_["spec"]["leaderWorkerTemplate"]
    for name, container in (("leaderTemplate", "vllm-leader"), ("workerTemplate", "vllm-worker")):
        assert group[name]["spec"] == {
            "volumes": [
                {
                    "name": "gcs-1",
                    "csi": {
                        "driver": "gcsfuse.csi.storage.gke.io",
                        "volumeAttributes": {
                            "bucketName": "prompts",
                            "mountOptions": "implicit-dirs,only-dir=a",
                        },
                    },
                }
            ],
            "containers": [{"name": container, "volumeMounts": [{"mountPath": "/prompts", "name": "gcs-1"}]}],
        }


@needs_kubectl
def test_a_patch_of_helm_values_builds_with_the_output(tmp_path: Path) -> None:
    values, profile = tmp_path / "values.yaml", tmp_path / "profiles" / "r1.yaml"
    profile.parent.mkdir()
    (tmp_path / "overlay").mkdir()
    values.write_text(VALUES, encoding="utf-8")
    options = ["--project", "my-project", "--region", "us-central1", "--name", "r1", "-q", "--set"]
    options += ["clusterName=c", "--patch", str(tmp_path / "overlay" / "patch.yaml")]
    with profile.open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
        assert main(["import", "helm", str(values), *options]) == 0
    assert main(["compile", str(profile), "-q", "-o", str(tmp_path / "out")]) == 0
    (tmp_path / "out" / "r1" / "hf-secret.env").write_text("hf_api_token=x\n", encoding="utf-8")
    lines = overlay_patch.kustomization("r1", "patch.yaml").replace("../../out", "../out")
    (tmp_path / "overlay" / "kustomization.yaml").write_text(lines, encoding="utf-8")
    done = subprocess.run(
        ["kubectl", "kustomize", str(tmp_path / "overlay")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    objects = {item["kind"]: item for item in yaml.safe_load_all(done.stdout)}
    group = objects["LeaderWorkerSet"]["spec"]["leaderWorkerTemplate"]
    for name in ("leaderTemplate", "workerTemplate"):
        spec = group[name]["spec"]
        assert named(spec["volumes"], "gcs-1")["csi"]["volumeAttributes"]["bucketName"] == "prompts"
        mounts = {mount["mountPath"]: mount["name"] for mount in spec["containers"][0]["volumeMounts"]}
        assert mounts["/prompts"] == "gcs-1"
        assert mounts["/gcs"] == "gcs"
