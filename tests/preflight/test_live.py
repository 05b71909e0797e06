"""`r1c diff --live`: what a server fills in is no difference, and what somebody changed is one."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fake_cluster import Object, plan_of, profile
from kubernetes_server import Cluster, path_of, serve
from r1c import pipeline
from r1c.cli import main
from r1c.preflight import live
from running_objects import answers, running, scaled

KUBECTL = shutil.which("kubectl")
SAME = "base: no difference\n"


def compared(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[dict[str, Object]], Any] = lambda _: None,
    patch: Any = None,
) -> int:
    """Compare the base profile with a cluster that has a change; the cluster has the profile of `patch`."""
    content = profile(patch)
    plan = plan_of(content)
    objects = running(plan)
    by_kind = {item["kind"]: item for item in objects}
    change(by_kind)
    left = [item for item in objects if item["kind"] in by_kind]
    monkeypatch.chdir(folder)
    (folder / "profile.yaml").write_bytes(content)
    (folder / "snapshot.json").write_text(answers(plan, left), encoding="utf-8")
    return main(["diff", "profile.yaml", "--live", "--snapshot", "snapshot.json"])


def container(objects: dict[str, Object], template: str = "leaderTemplate") -> Object:
    found: Object = objects["LeaderWorkerSet"]["spec"]["leaderWorkerTemplate"][template]["spec"][
        "containers"
    ][0]
    return found


def annotate(objects: dict[str, Object]) -> None:
    for item in objects.values():
        item["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = "x"
        item["metadata"]["labels"]["team"] = "serving"
    template = objects["LeaderWorkerSet"]["spec"]["leaderWorkerTemplate"]["leaderTemplate"]["metadata"]
    template["annotations"]["kueue.x-k8s.io/pod-group-serving"] = "true"


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        annotate,
        lambda objects: objects.pop("Job"),
        lambda objects: container(objects)["resources"]["requests"].update(cpu="165000m"),
        lambda objects: container(objects)["resources"]["limits"].update({"nvidia.com/gpu": "8"}),
    ],
    ids=["as applied", "labels of others", "benchmark ended", "another unit", "a number as a string"],
)
def test_what_is_no_difference(
    change: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(tmp_path, monkeypatch, change) == 0
    assert capsys.readouterr() == (SAME, "")


@pytest.mark.parametrize(
    "name",
    sorted(path.stem for path in (Path(__file__).parents[2] / "profiles").glob("*.yaml")),
)
def test_every_recipe_as_applied(name: str) -> None:
    from r1c.difference import difference
    from r1c.preflight.snapshot import read

    path = Path(__file__).parents[2] / "profiles" / f"{name}.yaml"
    plan = pipeline.analyse(path.name, path.read_bytes()).plan
    assert plan
    old, new = live.sides(plan, "profile", read(answers(plan, running(plan)), "snapshot.json"))
    assert [(item.document.name, item.changes) for item in difference(old, new).entries] == []


def another_image(objects: dict[str, Object]) -> None:
    for template in ("leaderTemplate", "workerTemplate"):
        container(objects, template)["image"] = (
            "us-central1-docker.pkg.dev/my-project/my-repo/vllm-openai:debug"
        )


def variable(objects: dict[str, Object]) -> None:
    container(objects)["env"].append({"name": "NCCL_DEBUG_FILE", "value": "/tmp/nccl"})
    container(objects)["env"].append({"name": "API_TOKEN", "value": "swordfish"})


def service(objects: dict[str, Object]) -> None:
    objects["Service"]["spec"]["type"] = "NodePort"
    objects["Service"]["spec"]["ports"][0]["nodePort"] = 30000


def once_applied(objects: dict[str, Object]) -> None:
    meta = objects["Service"]["metadata"]
    meta["labels"]["old"] = "label"
    meta["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps(
        {"metadata": {"labels": {"old": "label"}}}
    )


def script_of_another_tool(objects: dict[str, Object]) -> None:
    container(objects)["args"] = ["vllm serve /models/DeepSeek-R1 --tensor-parallel-size 8"]


CHANGES: dict[str, Callable[[dict[str, Object]], Any]] = {
    "scaled": scaled,
    "another-image": another_image,
    "variable": variable,
    "service": service,
    "once-applied": once_applied,
    "script-of-another-tool": script_of_another_tool,
    "service-missing": lambda objects: objects.pop("Service"),
    "nothing-runs": lambda objects: objects.clear(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_somebody_changed(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    golden: Callable[[Path, str], None],
) -> None:
    assert compared(tmp_path, monkeypatch, CHANGES[name]) == 1
    said = capsys.readouterr()
    assert not said.err
    assert "swordfish" not in said.out
    golden(Path(__file__).parent / "live" / f"{name}.out", said.out)


def test_the_replicas_of_an_autoscaler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    patch = {"spec": {"monitoring": {}, "scaling": {"adapter": "customMetricsStackdriver", "maxReplicas": 4}}}
    assert compared(tmp_path, monkeypatch, scaled, patch) == 0
    assert capsys.readouterr().out == SAME


def test_a_token_in_a_running_object_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "hf_" + "a" * 34

    def change(objects: dict[str, Object]) -> None:
        container(objects)["env"].append({"name": "X", "value": token})

    assert compared(tmp_path, monkeypatch, change) == 2
    assert capsys.readouterr() == (
        "",
        "r1c: snapshot.json: it contains a credential in a plain value of a running object: delete the file, "
        "and use --kubectl, which writes no file\n",
    )


def test_what_the_snapshot_does_not_hold_is_not_assumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compared(tmp_path, monkeypatch)
    capsys.readouterr()
    text = (tmp_path / "snapshot.json").read_text(encoding="utf-8")
    (tmp_path / "snapshot.json").write_text(
        text.replace('"services default/base-svc"', '"x"'), encoding="utf-8"
    )
    assert main(["diff", "profile.yaml", "--live", "--snapshot", "snapshot.json"]) == 2
    assert capsys.readouterr().err == (
        "r1c: snapshot.json does not contain the running objects: services default/base-svc; run the "
        "commands that `r1c diff profile.yaml --live` prints\n"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--snapshot", "x"], "--snapshot and --kubectl need --live"),
        (["--live", "--rev", "HEAD"], "--live compares a profile with the cluster: remove NEW and --rev"),
        (["--live", "--context", "x"], "--context needs --kubectl"),
    ],
)
def test_options(
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profile.yaml").write_bytes(profile(None))
    assert main(["diff", "profile.yaml", *options]) == 2
    assert capsys.readouterr().err == f"r1c: {said}\n"


@pytest.mark.kubectl
@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_through_kubectl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = plan_of(profile(None))
    objects = [item for item in copy.deepcopy(running(plan)) if item["kind"] != "Job"]
    scaled({item["kind"]: item for item in objects})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profile.yaml").write_bytes(profile(None))
    with serve(Cluster({path_of(item): item for item in objects})) as address:
        cluster = {"name": "test", "cluster": {"server": address}}
        context = {"name": "test", "context": {"cluster": "test", "user": "test"}}
        config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context]}
        (tmp_path / "config").write_text(
            json.dumps({**config, "users": [{"name": "test", "user": {}}]}), encoding="utf-8"
        )
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
        monkeypatch.setenv("HOME", str(tmp_path))
        assert main(["diff", "profile.yaml", "--live", "--kubectl", "--context", "test"]) == 1
    report = (Path(__file__).parent / "live" / "scaled.out").read_text(encoding="utf-8")
    assert capsys.readouterr().out.replace("context test", "snapshot.json") == report
