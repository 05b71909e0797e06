"""The emitted commands under a real shell, as the kubelet would start them: what a profile says arrives as
data.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c import pipeline

BASE = (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8")
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
RECORD = f"""#!{sys.executable}
import json, os, sys
with open(os.environ["RECORD"], "a") as file:
    file.write(json.dumps(sys.argv) + "\\n")
"""


def expand(text: str, environment: dict[str, str]) -> str:
    """Expand a text as the kubelet does: $(NAME) of a known variable, and $$ for $."""

    def replace(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return environment.get(match[1], match[0])

    return re.sub(r"\$\$|\$\(([^)]*)\)", replace, text)


def container(profile: str, path: str, role: str = "leaderTemplate") -> dict[str, Any]:
    checked = pipeline.analyse("profile.yaml", profile.encode())
    assert checked.plan, checked.diagnostics
    found = yaml.safe_load(pipeline.build(checked.plan)[path])
    result: dict[str, Any] = found["spec"]["leaderWorkerTemplate"][role]["spec"]["containers"][0]
    return result


def start(item: dict[str, Any], place: Path, **more: str) -> subprocess.Popen[str]:
    """Start a container's command in `place`, where vllm, python3 and ray_init.sh only note how they were
    called.
    """
    (place / "bin").mkdir(exist_ok=True)
    for name in ("vllm", "python3"):
        tool = place / "bin" / name
        tool.write_text(RECORD, encoding="utf-8")
        tool.chmod(0o755)
    if not (place / "ray_init.sh").exists():
        (place / "ray_init.sh").write_text('echo "ray_init $*" >>"$RECORD.ray"\n', encoding="utf-8")
    environment = {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "RECORD": str(place / "record"),
        "HF_TOKEN": "hf_secret",
        "LWS_GROUP_SIZE": "2",
        "LWS_LEADER_ADDRESS": "localhost",
        "LWS_WORKER_INDEX": "1",
        **more,
    }
    for entry in item["env"]:
        if "value" in entry and entry["name"] != "LD_LIBRARY_PATH":
            environment[entry["name"]] = expand(entry["value"], environment)
    environment |= more
    argv = [expand(text, environment) for text in [*item["command"], *item.get("args", [])]]
    argv = [text.replace("/vllm-workspace", str(place)) for text in argv]
    return subprocess.Popen(
        argv,
        cwd=place,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


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
    process = start(item, tmp_path)
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


def test_native_nodes_get_the_same_command_line_but_for_their_rank(tmp_path: Path) -> None:
    profile = BASE.replace("v0.7.3", "v0.20.0")
    for role in ("leaderTemplate", "workerTemplate"):
        assert start(container(profile, "leaderworkerset.yaml", role), tmp_path).wait(timeout=30) == 0
    leader, worker = calls(tmp_path)
    assert leader[-3:] == ["--nnodes=2", "--node-rank=0", "--master-addr=localhost"]
    assert worker[-4:] == ["--nnodes=2", "--node-rank=1", "--master-addr=localhost", "--headless"]
    assert leader[:-3] == worker[:-4]


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
