"""The seed's recipe in each of the sampled vLLM versions: every flag that is emitted exists there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from r1c import pipeline
from r1c.facts import bench_client, vllm
from r1c.facts.vllm import Command

PROFILE = (Path(__file__).resolve().parents[2] / "profiles" / "a3mega.yaml").read_text(encoding="utf-8")
WITHOUT_MLA_CACHE = ("v0.6.6.post1", "v0.7.0")
"""They keep whole heads in the KV cache, so that the seed's max-model-len may not fit: a warning says so."""
WITHOUT_STAGES = ("v0.9.2",)
"""They end while they build the seed's model with pipeline stages."""
LOGS = "      disable-log-requests: true\n"


def recipe(version: str) -> str:
    text = PROFILE.replace("version: v0.7.3", f"version: {version}")
    if version in WITHOUT_STAGES:
        text = text.replace("id: deepseek-ai/DeepSeek-R1", "id: Qwen/Qwen3-32B")
    flag = vllm.flag("serve", "disable-log-requests", version)
    return text if flag and not flag.deprecated else text.replace(LOGS, "")


def unknown(command: Command, arguments: list[str], version: str) -> list[str]:
    """Return the flags of an argument list that the version's command does not have."""
    names = [text.split("=", 1)[0] for text in arguments if text.startswith("--")]
    known = {f"--{name}" for name in vllm.names(command, version)}
    known |= {
        flag.negative
        for name in vllm.names(command, version)
        if (flag := vllm.flag(command, name, version)) and flag.negative
    }
    return [name for name in names if name not in known]


def _beyond_gpudirect(version: str) -> set[str]:
    """Return the warning of the releases whose NCCL no plugin of A3 Mega is qualified for."""
    return {"R1C530"} if vllm.at_least(version, "v0.27.0") else set()


@pytest.mark.parametrize("version", vllm.versions())
def test_every_emitted_flag_exists(version: str) -> None:
    checked = pipeline.analyse("profile.yaml", recipe(version).encode())
    assert checked.plan, [item.message for item in checked.diagnostics]
    expected = {"R1C305"} if version in WITHOUT_MLA_CACHE else set()
    assert {item.code for item in checked.diagnostics} <= expected | _beyond_gpudirect(version)
    files = pipeline.build(checked.plan)
    group = yaml.safe_load(files["leaderworkerset.yaml"])["spec"]["leaderWorkerTemplate"]
    server = group["leaderTemplate"]["spec"]["containers"][0]
    script = server["command"][2].split("exec vllm serve", 1)[1]
    asked = [*server["args"], *(word for word in script.split() if word.startswith("--"))]
    assert len(asked) >= 8
    assert unknown("serve", asked, version) == []
    job = yaml.safe_load(files["benchmark/job.yaml"])["spec"]["template"]["spec"]["containers"][0]
    command: Command = "benchScript" if bench_client.client(version).kind == "script" else "benchServe"
    asked = re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", "\n".join([*job["command"], *job["args"]]))
    assert {"--model", "--dataset-name", "--num-prompts", "--save-result", "--seed"} <= set(asked)
    assert unknown(command, asked, version) == []


WITHOUT_THE_FLAG = [
    version for version in vllm.versions() if not vllm.has("serve", "disable-log-requests", version)
]


@pytest.mark.parametrize("version", WITHOUT_THE_FLAG)
def test_the_flag_of_the_seed_that_is_gone_is_refused_with_a_way_out(version: str) -> None:
    assert WITHOUT_THE_FLAG[0] == "v0.17.0"
    text = PROFILE.replace("version: v0.7.3", f"version: {version}")
    if version in WITHOUT_STAGES:
        text = text.replace("id: deepseek-ai/DeepSeek-R1", "id: Qwen/Qwen3-32B")
    diagnostics = pipeline.analyse("profile.yaml", text.encode()).diagnostics
    assert {item.code for item in diagnostics} == {"R1C403"} | _beyond_gpudirect(version)
    found = next(item for item in diagnostics if item.code == "R1C403")
    assert found.severity == "error"
    assert "disable-log-requests" in found.message
    assert "off by default" in found.help


def test_the_networks_of_the_seed_are_refused_with_one_error() -> None:
    names = ["default", "gvnic-1", *(f"rdma-{number}" for number in range(8))]
    text = PROFILE.replace("  network:\n", f"  network:\n    subnetworks: [{', '.join(names)}]\n")
    (found,) = pipeline.analyse("profile.yaml", text.encode()).diagnostics
    assert found.severity == "error"
    assert "A3 Ultra" in found.message + found.help
    assert "10" in found.message
    assert "9" in found.message
