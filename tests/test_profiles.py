"""The committed output of every profile: reproducible, valid for Kubernetes, kustomize and Cloud Build."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from command_line import r1c
from kubernetes_schemas import VERSIONS, pods
from kubernetes_schemas import faults as kubernetes_faults
from official_crd import CRDS, crd
from official_crd import faults as crd_faults
from runbook import blocks
from upstream import MISSING, UPSTREAM

REPO = Path(__file__).resolve().parent.parent
PROFILES = sorted((REPO / "profiles").glob("*.yaml"))
OUTPUTS = sorted(path.parent for path in (REPO / "out").glob("*/kustomization.yaml"))
KUBECTL = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
CORE = ("v1", "apps/v1", "batch/v1")


def tree(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


@cache
def objects(directory: Path) -> list[dict[str, Any]]:
    files = [path for path in sorted(directory.rglob("*.yaml")) if path.parent.name != "image"]
    found = [document for path in files for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
    return [item for item in found if "apiVersion" in item and item["kind"] != "Kustomization"]


def name(path: Path) -> str:
    return path.name


def compile_profile(profile: str, output: str, cwd: Path, **environment: str) -> None:
    command = [sys.executable, "-m", "r1c", "-q", "compile", profile, "-o", output]
    subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, check=True)


def test_every_profile_has_its_output_and_every_output_its_profile() -> None:
    names = [yaml.safe_load(path.read_text(encoding="utf-8"))["metadata"]["name"] for path in PROFILES]
    assert sorted(names) == [path.name for path in OUTPUTS]


def test_output_is_what_the_profiles_compile_to(tmp_path: Path) -> None:
    """In any order: what one process keeps of a profile changes nothing for the next."""
    for order, profiles in enumerate((PROFILES, list(reversed(PROFILES)))):
        for profile in profiles:
            assert r1c(tmp_path, "-q", "compile", str(profile), "-o", str(order)).returncode == 0
        for output in OUTPUTS:
            assert tree(tmp_path / str(order) / output.name) == tree(output)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0", "TZ": "Asia/Kolkata", "LANG": "C", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "USER": "somebody"},
        {
            "HOME": "/nonexistent",
            "PYTHONUTF8": "0",
            "COLUMNS": "20",
            "NO_COLOR": "1",
            "HF_TOKEN": "hf_present",
        },
    ],
)
def test_the_same_profile_gives_the_same_bytes(environment: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "a path with spaces"
    place.mkdir()
    shutil.copy(REPO / "profiles" / "a3mega.yaml", place / "renamed profile.yaml")
    compile_profile("renamed profile.yaml", "else where", place, **environment)
    expected = tree(REPO / "out" / "deepseek-r1-a3mega")
    assert tree(place / "else where" / "deepseek-r1-a3mega") == expected


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to become another user")
def test_another_user_gets_the_same_bytes() -> None:
    import pwd
    import tempfile

    nobody = pwd.getpwnam("nobody")
    # The first compile loads everything: the checkout and the interpreter may be closed to other users.
    code = (
        "import os, sys; from r1c.cli import main; main(['-q', 'compile', sys.argv[1], '-o', sys.argv[2] + "
        "'/root']);"
        "raw = open(sys.argv[1], 'rb').read(); os.setgid(int(sys.argv[3])); os.setuid(int(sys.argv[4]));"
        "import io; sys.stdin = io.TextIOWrapper(io.BytesIO(raw));"
        "sys.exit(main(['-q', 'compile', '-', '-o', sys.argv[2] + '/nobody']))"
    )
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        profile = REPO / "profiles" / "a3mega.yaml"
        arguments = [str(profile), place, str(nobody.pw_gid), str(nobody.pw_uid)]
        subprocess.run([sys.executable, "-c", code, *arguments], check=True)
        ours, theirs = (Path(place, user, "deepseek-r1-a3mega") for user in ("root", "nobody"))
        assert (theirs / "service.yaml").stat().st_uid == nobody.pw_uid
        assert tree(ours) == tree(theirs)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_objects_are_valid_for_kubernetes(output: Path, version: str) -> None:
    core = [item for item in objects(output) if item["apiVersion"] in CORE]
    groups = [item for item in objects(output) if item["kind"] == "LeaderWorkerSet"]
    assert {item["kind"] for item in core} >= {"Service", "ServiceAccount", "Job"}
    for item in [*core, *(pod for group in groups for pod in pods(group))]:
        assert kubernetes_faults(item, version) == []


@pytest.mark.skipif(not UPSTREAM.exists(), reason=MISSING)
@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_the_group_is_valid_for_the_official_crd(output: Path) -> None:
    groups = [item for item in objects(output) if item["kind"] == "LeaderWorkerSet"]
    assert len(groups) == 1
    assert crd_faults(groups[0]) == []


@pytest.mark.skipif(not CRDS.exists(), reason=MISSING)
def test_the_objects_of_optional_blocks_are_valid_for_the_official_crds() -> None:
    found = [item for item in objects(REPO / "out" / "deepseek-r1-production") if crd(item["kind"]).exists()]
    assert len({item["kind"] for item in found}) >= 3
    assert {item["kind"]: crd_faults(item) for item in found if crd_faults(item)} == {}


@KUBECTL
@pytest.mark.kubectl
@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_kustomize_builds_what_the_stream_prints(output: Path, tmp_path: Path) -> None:
    copy = tmp_path / output.name
    shutil.copytree(output, copy)
    (copy / "hf-secret.env").write_text("hf_api_token=x\n", encoding="utf-8")
    built = subprocess.run(
        ["kubectl", "kustomize", str(copy)], capture_output=True, text=True, check=True
    ).stdout
    profile = next(path for path in PROFILES if f"name: {output.name}\n" in path.read_text(encoding="utf-8"))
    stream = r1c(tmp_path, "compile", str(profile), "-o", "-").stdout
    built_objects = [item for item in yaml.safe_load_all(built) if item["kind"] != "Secret"]
    assert built_objects == list(yaml.safe_load_all(stream))
    job = subprocess.run(
        ["kubectl", "kustomize", str(copy / "benchmark")], capture_output=True, text=True, check=True
    ).stdout
    assert yaml.safe_load(job)["kind"] == "Job"


@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_every_first_line_says_where_the_file_comes_from(output: Path) -> None:
    sentence = f"Generated by r1c from the recipe {output.name}: edit the profile, not this file."
    for path, content in tree(output).items():
        assert sentence in content.decode("utf-8").split("\n", 1)[0], path


@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_files_are_plain_text_with_one_newline_at_the_end(output: Path) -> None:
    for path, content in tree(output).items():
        assert content.endswith(b"\n"), path
        assert not content.endswith(b"\n\n"), path
        assert b"\r" not in content, path
        assert b"\t" not in content, path


@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_every_object_is_labelled(output: Path) -> None:
    for item in objects(output):
        if item["kind"] == "ExternalSecret":
            continue  # recipes of a namespace share it
        labels = item["metadata"]["labels"]
        assert {key.split("/")[1] for key in labels if key.startswith("app.kubernetes.io/")} == {
            "name",
            "instance",
            "component",
            "part-of",
            "managed-by",
        }


def gcloud_root() -> Path | None:
    found = shutil.which("gcloud")
    if found is None:
        return None
    root = Path(os.path.realpath(found)).parent.parent
    return root if (root / "lib" / "googlecloudsdk").is_dir() else None


@pytest.mark.skipif(gcloud_root() is None, reason="gcloud is not installed")
def test_cloud_build_files_load_with_gclouds_own_loader() -> None:
    code = """
import json, sys
root = sys.argv[1]
sys.path[:0] = [root + "/lib", root + "/lib/third_party"]
from googlecloudsdk.api_lib.cloudbuild import cloudbuild_util, config
from apitools.base.py import encoding
messages = cloudbuild_util.GetMessagesModule()
builds = [config.LoadCloudbuildConfigFromPath(path, messages, params={}) for path in sys.argv[2:]]
print(json.dumps([encoding.MessageToDict(build) for build in builds]))
"""
    files = [str(output / "image" / "cloudbuild.yaml") for output in OUTPUTS]
    done = subprocess.run(
        [shutil.which("python3") or sys.executable, "-c", code, str(gcloud_root()), *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for build, file in zip(json.loads(done.stdout), files, strict=True):
        written = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
        assert build["steps"] == written["steps"]
        assert build["images"] == written["images"]
        assert build["timeout"] == written["timeout"]
        assert build["options"]["machineType"] == written["options"]["machineType"]
        assert int(build["options"]["diskSizeGb"]) == written["options"]["diskSizeGb"]


def scripts(output: Path) -> dict[str, str]:
    """Return the shell code of an output: scripts, container commands, and the runbook as one script."""
    found = {
        f"image/{path.name}": path.read_text(encoding="utf-8") for path in (output / "image").glob("*.sh")
    }
    for item in (item for item in objects(output) if "spec" in item):
        templates = pods(item) if item["kind"] == "LeaderWorkerSet" else [item["spec"].get("template", {})]
        for pod in templates:
            if "spec" not in pod:
                continue
            for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
                command = container.get("command", [])
                if command[:2] == ["bash", "-c"]:
                    found[f"{item['kind']}/{container['name']}"] = command[2]
    found["RUNBOOK.md"] = "".join(blocks(output / "RUNBOOK.md"))
    return found


@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_every_script_passes_bash_and_shellcheck(output: Path) -> None:
    found = scripts(output)
    assert {"Job/benchmark", "RUNBOOK.md"} <= set(found)
    # A group of one node starts the server without a shell.
    assert ("LeaderWorkerSet/vllm-leader" in found) == (
        "size: 1\n" not in (output / "leaderworkerset.yaml").read_text(encoding="utf-8")
    )
    assert {label: shell_faults(text) for label, text in found.items() if shell_faults(text)} == {}


@cache
def shell_faults(script: str) -> str:
    """Return what bash and shellcheck say about a script; many outputs have the same."""
    # SC1091: the NCCL plugin's own script is in the pod only.
    shellcheck = str(Path(sys.executable).with_name("shellcheck"))
    said = ""
    for command in (["bash", "-n"], [shellcheck, "--shell=bash", "--exclude=SC1091", "-"]):
        done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
        said += done.stdout + done.stderr
        assert (done.returncode == 0) == (not done.stdout + done.stderr)
    return said


@pytest.mark.parametrize("output", OUTPUTS, ids=name)
def test_no_manifest_has_a_text_that_flux_would_substitute(output: Path) -> None:
    for path, content in tree(output).items():
        if path.endswith(".yaml"):
            assert b"${" not in content, path
