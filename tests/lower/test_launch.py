"""The emitted commands in a real shell, as the kubelet starts them: values of a profile arrive as data."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from container import container, expand, start
from r1c import pipeline

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")
HOSTILE = (
    "'; touch marker; '",
    '"; touch marker; "',
    "$(touch marker)",
    "$(HF_TOKEN)",
    "$$(HF_TOKEN)",
    "${HF_TOKEN}",
    "`touch marker`",
    "two\nlines && touch marker",
    "back\\slash $HOME ~ * ? [a] {b,c} \t tab",
    "-x --y é ☃",
)


def own_address() -> str:
    """Return a loopback address that no other test of this run has at the same time."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        low, high = divmod(free.getsockname()[1], 256)
    return f"127.4.{low}.{high}"


def calls(place: Path) -> list[list[str]]:
    text = (place / "record").read_text(encoding="utf-8") if (place / "record").exists() else ""
    return [json.loads(line) for line in text.splitlines()]


def with_values(version: str, values: tuple[str, ...]) -> str:
    data = yaml.safe_load(BASE)
    data["spec"]["vllm"]["version"] = version
    data["spec"]["vllm"]["args"]["response-role"] = values[0]
    data["spec"]["vllm"]["args"]["hf-overrides"] = {"texts": list(values)}
    data["spec"]["vllm"]["env"] = {f"TEXT_{number}": value for number, value in enumerate(values)}
    data["spec"]["model"]["servedName"] = values[-1]
    return yaml.safe_dump(data, allow_unicode=True)


@pytest.mark.parametrize("version", ["v0.10.2", "v0.20.0"], ids=["ray", "native"])
@pytest.mark.parametrize("value", HOSTILE)
def test_what_a_profile_says_reaches_the_server_as_it_is(version: str, value: str, tmp_path: Path) -> None:
    item = container(with_values(version, (value, *HOSTILE)), "leaderworkerset.yaml")
    # A group of one pod is complete at once.
    process = start(item, tmp_path, (), LWS_GROUP_SIZE="1", VLLM_HOST_IP=own_address())
    assert process.wait(timeout=30) == 0, process.stderr and process.stderr.read()
    (argv,) = calls(tmp_path)
    assert argv[1:3] == ["serve", "deepseek-ai/DeepSeek-R1"]
    assert f"--response-role={value}" in argv
    assert f"--served-model-name={HOSTILE[-1]}" in argv
    overrides = next(text for text in argv if text.startswith("--hf-overrides="))
    assert json.loads(overrides.removeprefix("--hf-overrides=")) == {"texts": [value, *HOSTILE]}
    assert not (tmp_path / "marker").exists()


def test_hostile_environment_values_stay_as_they_are() -> None:
    item = container(with_values("v0.10.2", HOSTILE), "leaderworkerset.yaml")
    environment = {"HF_TOKEN": "hf_secret"}
    values = {entry["name"]: expand(entry["value"], environment) for entry in item["env"] if "value" in entry}
    assert [values[f"TEXT_{number}"] for number in range(len(HOSTILE))] == list(HOSTILE)


def test_leader_forms_the_group_and_then_becomes_the_server(tmp_path: Path) -> None:
    process = start(container(BASE, "leaderworkerset.yaml"), tmp_path)
    assert process.wait(timeout=30) == 0
    assert (tmp_path / "record.ray").read_text(encoding="utf-8") == "ray_init leader --ray_cluster_size=2\n"
    assert calls(tmp_path)[0][1:] == [
        "serve",
        "deepseek-ai/DeepSeek-R1",
        "--tensor-parallel-size=8",
        "--pipeline-parallel-size=2",
        "--distributed-executor-backend=ray",
        "--port=8000",
        "--gpu-memory-utilization=0.85",
        "--max-model-len=32768",
        "--max-num-seqs=128",
        "--trust-remote-code",
    ]


def test_leader_does_not_serve_when_the_group_does_not_form(tmp_path: Path) -> None:
    (tmp_path / "ray_init.sh").write_text("exit 7\n", encoding="utf-8")
    process = start(container(BASE, "leaderworkerset.yaml"), tmp_path)
    assert process.wait(timeout=30) == 7
    assert calls(tmp_path) == []


def test_leader_that_still_waits_ends_on_sigterm(tmp_path: Path) -> None:
    (tmp_path / "ray_init.sh").write_text("touch waiting; sleep 60\n", encoding="utf-8")
    process = start(container(BASE, "leaderworkerset.yaml"), tmp_path)
    while not (tmp_path / "waiting").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 143
    assert calls(tmp_path) == []
    os.killpg(process.pid, signal.SIGKILL)


def test_worker_joins_the_leader(tmp_path: Path) -> None:
    process = start(container(BASE, "leaderworkerset.yaml", "workerTemplate"), tmp_path)
    assert process.wait(timeout=30) == 0
    assert (tmp_path / "record.ray").read_text(
        encoding="utf-8"
    ) == "ray_init worker --ray_address=localhost\n"


def test_native_nodes_get_the_same_command_line_but_for_their_rank() -> None:
    profile = BASE.replace("v0.7.3", "v0.20.0")
    leader, worker = (
        container(profile, "leaderworkerset.yaml", role) for role in ("leaderTemplate", "workerTemplate")
    )
    assert leader["args"] == worker["args"]


@pytest.mark.parametrize("missing", ["LWS_GROUP_SIZE", "LWS_LEADER_ADDRESS"])
def test_a_missing_variable_of_lws_ends_the_pod(missing: str, tmp_path: Path) -> None:
    role = "leaderTemplate" if missing == "LWS_GROUP_SIZE" else "workerTemplate"
    item = container(BASE, "leaderworkerset.yaml", role)
    item["command"][2] = f"unset {missing}\n" + item["command"][2]
    process = start(item, tmp_path)
    assert process.wait(timeout=30) != 0
    assert process.stderr
    assert f"{missing}: unbound variable" in process.stderr.read()


def test_receive_daemon_ends_with_the_pod(tmp_path: Path) -> None:
    checked = pipeline.analyse("profile.yaml", BASE.encode())
    assert checked.plan
    found = yaml.safe_load(pipeline.build(checked.plan)["leaderworkerset.yaml"])
    daemon = found["spec"]["leaderWorkerTemplate"]["leaderTemplate"]["spec"]["initContainers"][1]
    (tmp_path / "entrypoint_rxdm_container.sh").write_text(
        '#!/usr/bin/env bash\necho "$@" >"$0.args"\nsleep 60\n', encoding="utf-8"
    )
    script = daemon["command"][2].replace("/fts", str(tmp_path))
    process = subprocess.Popen(["bash", "-c", script], start_new_session=True)
    while not (tmp_path / "entrypoint_rxdm_container.sh.args").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    arguments = (tmp_path / "entrypoint_rxdm_container.sh.args").read_text(encoding="utf-8")
    assert arguments == "--num_hops=2 --num_nics=8 --uid= --alsologtostderr\n"
