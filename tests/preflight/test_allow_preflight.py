"""A profile accepts what preflight warns of, and no error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fake_cluster import cluster, edited, plan_of, profile, snapshot, write
from r1c.cli import main

CORDONED: dict[str, Any] = {
    "Node gke-my-cluster-pool-0": {"spec": {"unschedulable": True}},
    "Node gke-my-cluster-pool-1": {"spec": {"unschedulable": True}},
}
TOO_FEW = "error[R1CP07]: 2 free nodes of a3-megagpu-8g needed, but 1 of 3 free: 2 nodes cordoned\n"
PREFLIGHT = ["preflight", "profile.yaml", "--snapshot", "snapshot.json"]


def allowing(text: str) -> bytes:
    return profile({"metadata": {"annotations": {"r1c.dev/allow": text}}})


@pytest.mark.parametrize(
    ("allow", "rest"),
    [
        (
            "R1CP23: it runs",
            "warning[R1CP09]: gke-my-cluster-pool-0 is cordoned: it takes no new pods (the same on 1 other "
            "node)\n",
        ),
        ("R1CP09: in maintenance until Friday", ""),
    ],
)
def test_an_accepted_warning_is_not_reported(
    allow: str,
    rest: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    content = allowing(allow)
    plan = plan_of(content)
    write(tmp_path, content, snapshot(plan, edited(cluster(plan), CORDONED)))
    assert main(PREFLIGHT) == 1
    said = [line for line in capsys.readouterr().err.splitlines(True) if "[R1C" in line]
    assert "".join(said) == TOO_FEW + rest


@pytest.mark.parametrize(
    ("allow", "fault"),
    [
        ("R1CP07: we wait", "R1CP07 is an error (too-few-free-nodes), and an error cannot be accepted"),
        ("R1CP09", "R1CP09 is accepted without a reason"),
        ("R1CP99: x", '"R1CP99" is not the code of a warning or hint'),
    ],
)
def test_check_refuses_what_no_profile_can_accept(
    allow: str,
    fault: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profile.yaml").write_bytes(allowing(allow))
    assert main(["check", "profile.yaml"]) == 1
    assert capsys.readouterr().err.startswith(f"error[R1C110]: {fault}\n")


def test_check_does_not_call_an_entry_for_preflight_unused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profile.yaml").write_bytes(allowing("R1CP09: in maintenance"))
    assert main(["check", "profile.yaml", "--strict"]) == 0
    assert capsys.readouterr().err == ""
