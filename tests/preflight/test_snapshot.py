"""What a snapshot may be, and what is refused without a word of what is in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_cluster import cluster, edited, plan_of, profile, snapshot, write
from r1c.cli import main
from r1c.diagnostics import UserError
from r1c.preflight.checks import preflight
from r1c.preflight.quantity import amount
from r1c.preflight.snapshot import read

BASE = profile(None)
VALUE = "c3dvcmRmaXNo"
WRITTEN = "write the file with the commands that this command prints without --snapshot"
HOLDS = (
    "r1c: snapshot.json: it contains values of Secrets: delete the file, and use the commands that this "
    "command prints without --snapshot, which read only the names of the keys\n"
)


def run(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    write(folder, BASE, text)
    monkeypatch.chdir(folder)
    return main(["preflight", "profile.yaml", "--snapshot", "snapshot.json", *more])


def secret(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "swordfish"}, **fields}


@pytest.mark.parametrize(
    "held",
    [
        secret(data={"key": VALUE}),
        secret(stringData={"key": VALUE}),
        {"kind": "List", "items": [secret(data={"key": VALUE})]},
        {"kind": "SecretList", "items": [{"metadata": {"name": "a"}, "data": {"key": VALUE}}]},
        secret(metadata={"annotations": {"kubectl.kubernetes.io/last-applied-configuration": VALUE}}),
    ],
    ids=["data", "stringData", "list", "typed list", "last applied"],
)
def test_values_of_secrets_are_refused_and_nothing_is_repeated(
    held: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = plan_of(BASE)
    text = snapshot(plan, cluster(plan)) + json.dumps(held)
    assert run(tmp_path, text, monkeypatch) == 2
    assert capsys.readouterr() == ("", HOLDS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a snapshot: it contains no Kubernetes object"),
        (
            "apiVersion: v1\nkind: swordfish\n",
            f"not JSON at line 1: {WRITTEN}",
        ),
        (
            '{"kind": "Node"}\n{"kind": swordfish',
            f"not JSON at line 2: {WRITTEN}",
        ),
        ('["swordfish"]', "not a snapshot: it contains JSON that is not a Kubernetes object"),
        (
            "[" * 100_000,
            f"not JSON at line 1: {WRITTEN}",
        ),
        (
            '{"kind": "Node", "spec": {"taints": "swordfish"}}',
            "Node with an unusable spec.taints: Input should be a valid tuple",
        ),
    ],
)
def test_other_files_are_refused(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, text, monkeypatch) == 2
    assert capsys.readouterr() == ("", f"r1c: snapshot.json: {said}\n")


def test_a_file_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, BASE, "")
    monkeypatch.chdir(tmp_path)
    assert main(["preflight", "profile.yaml", "--snapshot", "other.json"]) == 2
    assert capsys.readouterr().err == "r1c: other.json: cannot be read: No such file or directory\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--snapshot", "snapshot.json", "--kubectl"], "give only one of --snapshot and --kubectl"),
        (["--context", "c"], "--context needs --kubectl"),
    ],
)
def test_options_that_exclude_each_other(
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path, BASE, "")
    monkeypatch.chdir(tmp_path)
    assert main(["preflight", "profile.yaml", *options]) == 2
    assert capsys.readouterr().err == f"r1c: {said}\n"


def test_lists_that_kubectl_printed_without_the_commands_count_too() -> None:
    plan = plan_of(BASE)
    objects = edited(cluster(plan), {"Node gke-my-cluster-pool-1": {"spec": {"unschedulable": True}}})
    nodes = [item for item in objects if item["kind"] == "Node"][:2]
    found = preflight(plan, read(json.dumps({"kind": "List", "items": nodes}), "nodes.json"))
    said = [finding.message for _, finding in found]
    assert "not checked: pods: the snapshot does not contain it" in said
    assert not any(message.startswith("not checked: nodes") for message in said)
    assert not any(code.severity == "error" for code, _ in found)


def test_several_profiles_share_a_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = plan_of(BASE)
    write(tmp_path, BASE, snapshot(plan, cluster(plan)))
    other = profile({"metadata": {"name": "other"}, "spec": {"platform": "a3-ultra"}})
    (tmp_path / "other.yaml").write_bytes(other)
    monkeypatch.chdir(tmp_path)
    assert (
        main(["preflight", "profile.yaml", "other.yaml", "--snapshot", "snapshot.json", "--format", "json"])
        == 1
    )
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert {item["file"] for item in found} == {"other.yaml"}
    assert {"R1CP01", "R1CP16", "R1CP58"} <= {item["code"] for item in found}


def test_the_commands_of_several_profiles_ask_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, BASE, "")
    (tmp_path / "other.yaml").write_bytes(profile({"metadata": {"name": "other"}}))
    monkeypatch.chdir(tmp_path)
    assert main(["preflight", "profile.yaml", "other.yaml"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ask ")]
    assert len(lines) == len(set(lines))
    assert len([line for line in lines if line.startswith("  ask nodes ")]) == 1


def test_a_profile_with_errors_is_reported_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "profile.yaml").write_bytes(profile({"spec": {"parallelism": {"tensor": 6}}}))
    monkeypatch.chdir(tmp_path)
    assert main(["preflight", "profile.yaml"]) == 1
    assert "error[R1C201]" in capsys.readouterr().err


def test_two_thousand_nodes() -> None:
    plan = plan_of(BASE)
    busy = {"resources": {"requests": {"nvidia.com/gpu": "8"}}}
    objects = cluster(plan, 2000) + [
        {
            "kind": "Pod",
            "metadata": {"namespace": "other", "name": f"p{number}"},
            "spec": {"nodeName": f"gke-my-cluster-pool-{number}", "containers": [busy]},
        }
        for number in range(1, 2000)
    ]
    ((code, finding),) = preflight(plan, read(snapshot(plan, objects), "snapshot.json"))
    assert code.id == "R1CP07"
    assert finding.message == (
        "2 free nodes of a3-megagpu-8g needed, but 1 of 2000 free: 1,999 nodes with 8 of 8 GPUs in use"
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [("8", 8), ("207410m", 207.41), ("1462Gi", 1462 * 2**30), ("2e3", 2000), ("1.5k", 1500), ("500n", 5e-7)],
)
def test_quantities(text: str, number: float) -> None:
    found = amount(text)
    assert found is not None
    assert float(found) == pytest.approx(number)


@given(st.text(max_size=12))
def test_other_texts_are_no_quantity_or_a_number(text: str) -> None:
    found = amount(text)
    assert found is None or text.strip("+-.0123456789eEinumkMGTP") == ""


KEYS = ["kind", "metadata", "spec", "status", "items", "name", "labels", "taints", "allocatable"]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(KEYS), part, max_size=4),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None)
@given(ANY, st.sampled_from(["Node", "Pod", "Network", "DaemonSet", "LeaderWorkerSet"]))
def test_any_json_is_read_or_refused(value: Any, kind: str) -> None:
    plan = plan_of(BASE)
    item = {**value, "kind": kind} if isinstance(value, dict) else value
    try:
        preflight(plan, read(json.dumps(item), "snapshot.json"))
    except UserError as error:
        assert str(error).startswith("snapshot.json: ")  # noqa: PT017
