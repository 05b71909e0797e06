"""docs/preflight.md: its consoles show what r1c prints, and its table has every code."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import REPO
from fake_cluster import ADVERTISED, cluster, edited, plan_of, snapshot
from r1c.check import preflight_codes
from r1c.cli import main
from running_objects import answers, running, scaled

PAGE = REPO / "docs" / "preflight.md"
CONSOLE = re.compile(r"^```console\n\$ ([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
OTHERS = {"kind": "Pod", "metadata": {"namespace": "training", "name": "job-0"}}
BUSY = {
    "nodeName": "gke-my-cluster-pool-1",
    "containers": [{"resources": {"requests": {"nvidia.com/gpu": "8"}}}],
}


def gpunet(name: str) -> str:
    return name.replace("vpc", "gpu")


def prepare(folder: Path) -> None:
    content = (REPO / "profiles" / "a3mega.yaml").read_bytes()
    plan = plan_of(content)
    objects = cluster(plan)
    for item in objects:
        if item["kind"] in ("Network", "GKENetworkParamSet"):
            item["metadata"]["name"] = gpunet(item["metadata"]["name"])
            item["spec"].get("parametersRef", {})["name"] = item["metadata"]["name"]
        if item["kind"] == "Node":
            old = item["status"]["allocatable"]
            item["status"]["allocatable"] = {
                gpunet(key) if key.startswith(ADVERTISED) else key: value for key, value in old.items()
            }
    cordoned = {"spec": {"unschedulable": True}}
    objects = edited(objects, {"Node gke-my-cluster-pool-0": cordoned, "add": [{**OTHERS, "spec": BUSY}]})
    (folder / "profiles").mkdir()
    shutil.copy(REPO / "profiles" / "a3mega.yaml", folder / "profiles")
    (folder / "snapshot.json").write_text(snapshot(plan, objects), encoding="utf-8")
    live = [item for item in running(plan) if item["kind"] != "Job"]
    scaled({item["kind"]: item for item in live})
    (folder / "live.json").write_text(answers(plan, live), encoding="utf-8")


def test_the_consoles_are_what_r1c_prints(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    golden: Callable[[Path, str], None],
) -> None:
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)

    def printed(found: re.Match[str]) -> str:
        main(found[1].split()[1:])
        said = capsys.readouterr()
        return f"```console\n$ {found[1]}\n{said.out}{said.err}```"

    text, count = CONSOLE.subn(printed, PAGE.read_text(encoding="utf-8"))
    assert count == 2
    golden(PAGE, text)


def test_the_table_has_every_code() -> None:
    rows = re.findall(r"\| R1CP(\d+)(?: to R1CP(\d+))? \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = [number for first, last in rows for number in range(int(first), int(last or first) + 1)]
    known = [int(code.id[4:]) for code in preflight_codes.CODES]
    assert named == known == list(range(1, len(known) + 1))
