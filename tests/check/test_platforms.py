"""Platforms: every one compiles on its own figures, and a new one needs its data file alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from r1c import facts, pipeline

REPO = Path(__file__).resolve().parents[2]
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
MADE_UP = """
id: a9-giga
source: made up for a test
date: 2026-11-23
machineType: a9-gigagpu-4g
acceleratorLabel: nvidia-z900
architecture: amd64
gpusPerNode: 4
gpuModel: NVIDIA Z900
gpuMemoryGib: 400.0
gpuMemoryBandwidth: 9000000000000
computeCapability: "11.0"
vcpus: 100
hostMemoryGb: 2000
localSsdGib: 6000
minimumGke: 1.33.0-gke.1
stack: gib
defaultRelease: v1.1.2
interfaceSets:
  - [eth0, eth1, eth2, eth3, eth4]
gpuInterfaces: [eth1, eth2, eth3, eth4]
controlInterface: eth0
primaryNetwork: default
defaultNaming: giga
namings:
  giga: [default, giga-0, giga-1, giga-2, giga-3]
localSsdPath: /mnt/ssd
nvidiaPath: /home/kubernetes/bin/nvidia
tolerations:
  - {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}
guide: https://example.com/a9-giga
"""


@pytest.mark.parametrize("name", facts.platforms())
def test_two_nodes_of_every_platform_get_their_interfaces(name: str) -> None:
    platform = facts.platform(name)
    text = BASE.replace("a3-mega", name).replace("v0.7.3", "v0.11.0")
    text = text.replace("deepseek-ai/DeepSeek-R1", "meta-llama/Llama-3.1-405B-Instruct-FP8")
    checked = pipeline.analyse("profile.yaml", text.encode())
    assert checked.plan, [item.message for item in checked.diagnostics]
    group = yaml.safe_load(pipeline.build(checked.plan)["leaderworkerset.yaml"])["spec"][
        "leaderWorkerTemplate"
    ]
    for role in ("leaderTemplate", "workerTemplate"):
        annotations = group[role]["metadata"]["annotations"]
        interfaces = json.loads(annotations["networking.gke.io/interfaces"])
        assert [item["interfaceName"] for item in interfaces] == list(platform.interfaces)
        assert [item["network"] for item in interfaces] == list(platform.namings[platform.default_naming])
        assert annotations["networking.gke.io/default-interface"] == platform.control_interface
        assert group[role]["spec"]["nodeSelector"] == {
            "cloud.google.com/gke-accelerator": platform.accelerator_label
        }


@pytest.mark.parametrize("name", facts.platforms())
def test_namings_and_interface_sets_fit(name: str) -> None:
    platform = facts.platform(name)
    lengths = {len(interfaces) for interfaces in platform.interface_sets}
    assert {len(networks) for networks in platform.namings.values()} <= lengths
    assert platform.default_naming in platform.namings
    assert platform.default_release in facts.releases(platform.stack)
    for interfaces in platform.interface_sets:
        assert set(platform.gpu_interfaces) <= set(interfaces)
        assert interfaces[0] == platform.control_interface


def test_a_platform_is_one_data_file(tmp_path: Path) -> None:
    for folder in ("compiler", "schemas", "tools"):
        shutil.copytree(REPO / folder, tmp_path / folder)
    (tmp_path / "compiler/r1c/facts/platforms/a9-giga.yaml").write_text(MADE_UP, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "compiler"), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "tools/fact_tables.py"], cwd=tmp_path, env=environment, check=True)
    profile = (
        BASE.replace("a3-mega", "a9-giga").replace("tensor: 8", "tensor: 4").replace("v0.7.3", "v0.20.0")
    )
    (tmp_path / "profile.yaml").write_text(profile, encoding="utf-8")
    command = [sys.executable, "-m", "r1c", "compile", "profile.yaml"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    group = yaml.safe_load((tmp_path / "out/base/leaderworkerset.yaml").read_text(encoding="utf-8"))
    pod = group["spec"]["leaderWorkerTemplate"]["workerTemplate"]
    assert pod["spec"]["nodeSelector"] == {"cloud.google.com/gke-accelerator": "nvidia-z900"}
    assert pod["spec"]["containers"][0]["resources"]["limits"] == {"nvidia.com/gpu": 4}
    assert '"network":"giga-3"' in pod["metadata"]["annotations"]["networking.gke.io/interfaces"]
    wrong = profile.replace("tensor: 4", "tensor: 8")
    (tmp_path / "wrong.yaml").write_text(wrong, encoding="utf-8")
    command = [sys.executable, "-m", "r1c", "check", "wrong.yaml"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "a9-giga has 4 GPUs per node (facts/platforms/a9-giga.yaml:8)" in done.stderr
