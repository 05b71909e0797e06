"""The printed commands and --kubectl with the real kubectl, against a server that has a cluster's objects."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from fake_cluster import Object, cluster, edited, plan_of, profile, write
from kubernetes_server import Cluster, path_of, serve
from r1c.cli import main

KUBECTL = shutil.which("kubectl")
HERE = Path(__file__).parent
CASES = {
    case["name"]: case
    for name in ("good", "bad")
    for case in yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
}
VALUE = "bm90IGEgdG9rZW4="

pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed"),
]


@contextmanager
def served(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Serve the cluster of a case as kubectl's context, with its profile in the folder."""
    case = CASES[name]
    content = profile(case.get("profile"))
    objects: list[Object] = copy.deepcopy(edited(cluster(plan_of(content)), case.get("edit", {})))
    there = Cluster({path_of(item): item for item in objects})
    write(folder, content, "")
    monkeypatch.chdir(folder)
    with serve(there) as address:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": address}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "users": [{"name": "test", "user": {}}],
        }
        (folder / "config").write_text(json.dumps(config), encoding="utf-8")
        monkeypatch.setenv("KUBECONFIG", str(folder / "config"))
        monkeypatch.setenv("HOME", str(folder))
        yield there


def said(name: str) -> str:
    path = HERE / "reported" / f"{name}.out"
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.mark.parametrize(
    "name",
    ["the-recipe-itself-runs", "rdma-only-ip", "claims", "broken-nic"],
)
def test_kubectl_sees_what_the_snapshot_has(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(name, tmp_path, monkeypatch):
        main(["preflight", "profile.yaml", "--kubectl", "--context", "test", "-q"])
    found = capsys.readouterr()
    assert found.err.replace("context test", "snapshot.json") == said(name)


@pytest.mark.parametrize("name", ["managed-by-argo-cd", "no-kueue"])
def test_the_printed_commands_write_the_snapshot(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(name, tmp_path, monkeypatch):
        assert main(["preflight", "profile.yaml"]) == 0
        commands = capsys.readouterr().out
        done = subprocess.run(["sh", "-c", commands], capture_output=True, text=True, check=False)
    wrong = [
        line for line in done.stderr.splitlines() if "the server doesn't have a resource type" not in line
    ]
    assert wrong == []
    text = (tmp_path / "snapshot.json").read_text(encoding="utf-8")
    assert VALUE not in text
    main(["preflight", "profile.yaml", "--snapshot", "snapshot.json", "-q"])
    assert capsys.readouterr().err == said(name)


def test_variables_of_pods_and_objects_are_not_in_the_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env = [{"name": "PASSWORD", "value": "swordfish"}]
    with served("the-recipe-itself-runs", tmp_path, monkeypatch) as there:
        for item in there.objects.values():
            if item["kind"] == "Pod":
                item["spec"]["containers"][0]["env"] = env
            if item["kind"] in ("LeaderWorkerSet", "ClusterSecretStore"):
                item["spec"] = {"env": env}
                item["metadata"].setdefault("annotations", {})["kubectl.kubernetes.io/x"] = "swordfish"
        main(["preflight", "profile.yaml"])
        commands = capsys.readouterr().out
        subprocess.run(["sh", "-c", commands], capture_output=True, check=False)
    assert "swordfish" not in (tmp_path / "snapshot.json").read_text(encoding="utf-8")


def test_only_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    with served("a3-mega", tmp_path, monkeypatch) as there:
        answer = there.answer

        def noted(method: str, url: str) -> tuple[int, Any]:
            asked.append(method)
            return answer(method, url)

        there.answer = noted  # type: ignore[method-assign]
        main(["preflight", "profile.yaml", "--kubectl"])
    assert capsys.readouterr().out == (
        "1 profile checked with the current context of kubectl, no faults found\n"
    )
    assert set(asked) == {"GET"}


def test_a_part_that_is_forbidden_is_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served("a3-mega", tmp_path, monkeypatch) as there:
        answer = there.answer

        def forbidding(method: str, url: str) -> tuple[int, Any]:
            if url.startswith("/api/v1/pods"):
                text = 'pods is forbidden: User "a" cannot list resource "pods" in API group ""'
                status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403}
                return 403, {**status, "reason": "Forbidden", "message": text}
            return answer(method, url)

        there.answer = forbidding  # type: ignore[method-assign]
        assert main(["preflight", "profile.yaml", "--kubectl"]) == 0
    assert (
        'hint[R1CP58]: not checked: pods: Error from server (Forbidden): pods is forbidden: User "a" cannot '
        'list resource "pods" in API group ""\n'
    ) in capsys.readouterr().err


def test_a_cluster_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served("a3-mega", tmp_path, monkeypatch):
        pass
    assert main(["preflight", "profile.yaml", "--kubectl"]) == 2
    assert capsys.readouterr().err.startswith("r1c: kubectl cannot reach the cluster: ")
    with served("a3-mega", tmp_path, monkeypatch):
        assert main(["preflight", "profile.yaml", "--kubectl", "--context", "other"]) == 2
    assert 'context "other" does not exist' in capsys.readouterr().err


def test_without_kubectl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served("a3-mega", tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        assert main(["preflight", "profile.yaml", "--kubectl"]) == 2
    assert capsys.readouterr().err == (
        "r1c: kubectl was not found: install it, or use --snapshot with a file written on another machine\n"
    )
