"""`r1c import manifest --patch`: what a profile cannot say is in the objects that kubectl builds with it."""

from __future__ import annotations

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
    said = capsys.readouterr().err.replace(f"{tmp_path}/", "")
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
    return {item["kind"]: item for item in objects}, dict(made.left)


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
    service = next((item.data for item in stream.objects if item.kind == "Service"), {})
    pod = objects["LeaderWorkerSet"]["spec"]["leaderWorkerTemplate"]["leaderTemplate"]
    for part in draft.overlay:
        if part.what in left:
            continue
        value = at_path(service if part.of_service else one.item.data, part.path)
        whole = objects["Service"] if part.of_service else objects["LeaderWorkerSet"]
        said = {str(leaf) for _, leaf in leaves(value)} - {*SECRETS, *NAMED}
        found = {str(leaf) for _, leaf in leaves(whole)}
        # The pod's volumes may have the names of the output's.
        assert said - {"shm"} <= found, part.what
        inside = part.path[: len(one.path)] == one.path and not part.of_service
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
    assert str(raised.value) == "--patch needs spec.platform, which the manifest does not say; add --platform"
