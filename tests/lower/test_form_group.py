"""How a group without Ray forms: the emitted commands of its pods in real shells.

Each pod has its own loopback address, names come from a file, and a fake vLLM records its arguments.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from r1c import pipeline
from r1c.lower import launch
from r1c.resolve.rendezvous import FORMING_PORT

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8").replace("v0.7.3", "v0.20.0")
LEADER = "base-0.base.default"

# vLLM's stand-in: notes its arguments, then serves until it is told to end.
VLLM = f"""#!{sys.executable}
import json, os, sys, time
with open(os.environ["RECORD"], "a") as file:
    file.write(json.dumps([os.environ["POD"], *sys.argv[1:]]) + "\\n")
time.sleep(60)
"""
# The cluster's DNS: Python reads this module before a script, and it takes names from a file.
DNS = """import os, socket
resolve = socket.getaddrinfo
def getaddrinfo(host, *rest, **more):
    with open(os.environ["NAMES"]) as file:
        names = dict(line.split() for line in file)
    if host.startswith("base-") and host not in names:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return resolve(names.get(host, host), *rest, **more)
socket.getaddrinfo = getaddrinfo
"""


@dataclass
class Pods:
    """A group under test: its folder, the network of its addresses, and the containers that were started."""

    folder: Path
    network: str
    size: int
    profile: str = BASE
    started: dict[int, subprocess.Popen[str]] = field(default_factory=dict)

    def address(self, index: int) -> str:
        return f"{self.network}.{index + 1}"

    def publish(self, address: str | None = None) -> None:
        """Give the leader's name an address, as the headless Service does once the pod has one."""
        (self.folder / "names").write_text(f"{LEADER} {address or self.address(0)}\n", encoding="utf-8")

    def start(self, index: int) -> subprocess.Popen[str]:
        """Start the container of a pod; index 0 is the leader."""
        checked = pipeline.analyse("profile.yaml", self.profile.encode())
        assert checked.plan, checked.diagnostics
        group = yaml.safe_load(pipeline.build(checked.plan)["leaderworkerset.yaml"])["spec"]
        role = "workerTemplate" if index else "leaderTemplate"
        item = group["leaderWorkerTemplate"][role]["spec"]["containers"][0]
        process = subprocess.Popen(
            [*item["command"], *item["args"]],
            env={
                "PATH": f"{self.folder}:{os.environ['PATH']}",
                "PYTHONPATH": str(self.folder),
                "NAMES": str(self.folder / "names"),
                "RECORD": str(self.folder / "record"),
                "POD": f"base-0-{index}" if index else "base-0",
                "VLLM_HOST_IP": self.address(index),
                "LWS_LEADER_ADDRESS": LEADER,
                "LWS_GROUP_SIZE": str(self.size),
                "LWS_WORKER_INDEX": str(index),
            },
            text=True,
            stdout=self.log_file(index).open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started[index] = process
        return process

    def log_file(self, index: int) -> Path:
        return self.folder / f"{index}.log"

    def log(self, index: int) -> list[str]:
        """Return the lines that the container of a pod has printed, without their prefix."""
        lines = self.log_file(index).read_text(encoding="utf-8").splitlines()
        assert all(line.startswith("form_group: ") for line in lines), lines
        return [line.removeprefix("form_group: ") for line in lines]

    def serving(self) -> dict[str, list[str]]:
        """Return vLLM's arguments by the pod that has started it."""
        record = self.folder / "record"
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        return {pod: arguments for pod, *arguments in map(json.loads, lines)}

    def kill(self, index: int) -> None:
        """Kill all processes of a container, as its runtime does."""
        process = self.started.pop(index)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


@pytest.fixture
def pods(tmp_path: Path) -> Iterator[Callable[..., Pods]]:
    made: list[Pods] = []

    def make(size: int, profile: str = BASE) -> Pods:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        made.append(Pods(tmp_path, f"127.{port // 256}.{port % 256}", size, profile))
        (tmp_path / "vllm").write_text(VLLM, encoding="utf-8")
        (tmp_path / "vllm").chmod(0o755)
        (tmp_path / "python3").symlink_to(sys.executable)
        (tmp_path / "sitecustomize.py").write_text(DNS, encoding="utf-8")
        (tmp_path / "names").write_text("", encoding="utf-8")
        return made[-1]

    yield make
    for group in made:
        for index in list(group.started):
            group.kill(index)


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.05)


def wait_for_line(group: Pods, index: int, line: str) -> None:
    wait_for(lambda: line in group.log(index))


NOBODY = "0 of 2 workers have started; waiting for base-0-1, base-0-2"
ONLY_THE_FIRST = "1 of 2 workers have started; waiting for base-0-2"
ONLY_THE_SECOND = "1 of 2 workers have started; waiting for base-0-1"
BOTH = "2 of 2 workers have started"


def test_leader_first_and_one_worker_late(pods: Callable[..., Pods]) -> None:
    group = pods(3)
    group.publish()
    group.start(0)
    wait_for_line(group, 0, NOBODY)
    group.start(1)
    wait_for_line(group, 1, ONLY_THE_FIRST)
    time.sleep(0.5)
    assert group.serving() == {}
    group.start(2)
    wait_for(lambda: len(group.serving()) == 3)
    ends = {pod: arguments[-4:] for pod, arguments in group.serving().items()}
    assert ends == {
        "base-0": ["--trust-remote-code", "--nnodes=3", "--node-rank=0", f"--master-addr={LEADER}"],
        "base-0-1": ["--nnodes=3", "--node-rank=1", f"--master-addr={LEADER}", "--headless"],
        "base-0-2": ["--nnodes=3", "--node-rank=2", f"--master-addr={LEADER}", "--headless"],
    }
    assert group.log(0) == [NOBODY, ONLY_THE_FIRST, BOTH]
    assert group.log(1) == [ONLY_THE_FIRST, BOTH]
    assert group.log(2) == [BOTH]


def test_worker_first_then_the_name_then_the_container(pods: Callable[..., Pods]) -> None:
    group = pods(2)
    group.start(1)
    no_name = f"waiting: the leader's name {LEADER} does not resolve"
    wait_for_line(group, 1, no_name)
    group.publish()
    no_answer = f"waiting: the leader {LEADER} ({group.address(0)}) does not answer on port 13346"
    wait_for_line(group, 1, no_answer)
    assert group.serving() == {}
    group.start(0)
    wait_for(lambda: len(group.serving()) == 2)
    assert group.log(1) == [no_name, no_answer, "1 of 1 workers have started"]


def test_a_worker_that_never_starts_is_named(
    pods: Callable[..., Pods], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "FORMING_SECONDS", 5)
    group = pods(3)
    group.publish()
    leader = group.start(0)
    group.start(2)
    assert leader.wait(timeout=30) == 1
    assert group.log(0) == [
        NOBODY,
        ONLY_THE_SECOND,
        "after 5 s only 1 of 2 workers have started; check the status and logs of these pods: base-0-1",
    ]
    assert group.serving() == {}


def test_a_leader_that_never_comes_ends_the_worker(
    pods: Callable[..., Pods], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "FORMING_SECONDS", 1)
    group = pods(2)
    assert group.start(1).wait(timeout=30) == 1
    assert group.log(1)[-1] == (
        f"after 1 s the leader's name {LEADER} does not resolve; "
        "check that the leader pod and the headless Service exist"
    )
    assert group.serving() == {}


@pytest.mark.parametrize("index", [0, 1], ids=["leader", "worker"])
def test_a_pod_that_waits_ends_on_sigterm(pods: Callable[..., Pods], index: int) -> None:
    group = pods(3)
    group.publish()
    processes = (group.start(0), group.start(1))
    wait_for_line(group, 1, ONLY_THE_FIRST)
    processes[index].send_signal(signal.SIGTERM)
    assert processes[index].wait(timeout=5) == 143
    assert group.serving() == {}


def test_a_worker_whose_container_restarts_is_counted_once(pods: Callable[..., Pods]) -> None:
    group = pods(3)
    group.publish()
    group.start(0)
    wait_for_line(group, 0, NOBODY)
    group.start(1)
    wait_for_line(group, 0, ONLY_THE_FIRST)
    group.kill(1)
    wait_for(lambda: group.log(0)[2:] == [NOBODY])
    group.start(2)
    wait_for_line(group, 0, ONLY_THE_SECOND)
    assert group.serving() == {}
    group.start(1)
    wait_for(lambda: len(group.serving()) == 3)
    assert group.log(0) == [NOBODY, ONLY_THE_FIRST, NOBODY, ONLY_THE_SECOND, BOTH]


def test_a_leader_whose_container_restarts_is_found_again(pods: Callable[..., Pods]) -> None:
    group = pods(3)
    group.publish()
    group.start(0)
    group.start(1)
    wait_for_line(group, 0, ONLY_THE_FIRST)
    group.kill(0)
    wait_for_line(group, 1, f"waiting: the leader {LEADER} ({group.address(0)}) has closed the connection")
    group.start(0)
    group.start(2)
    wait_for(lambda: len(group.serving()) == 3)


@pytest.mark.parametrize("noise", [b"", b"GET / HTTP/1.1\r\n\r\n", b"0\n", b"7\n", b"-1\n"])
def test_other_connections_are_no_workers(pods: Callable[..., Pods], noise: bytes) -> None:
    group = pods(2)
    group.publish()
    group.start(0)
    wait_for_line(group, 0, "0 of 1 workers have started; waiting for base-0-1")
    with socket.create_connection((group.address(0), FORMING_PORT)) as client:
        client.sendall(noise)
        time.sleep(0.5)
        assert group.serving() == {}
        group.start(1)
        wait_for(lambda: len(group.serving()) == 2)


def test_data_parallel_groups_form_in_the_same_way(pods: Callable[..., Pods]) -> None:
    data = yaml.safe_load(BASE.replace("v0.20.0", "v0.11.0"))
    data["spec"]["model"] = {"id": "Qwen/Qwen3-30B-A3B"}
    data["spec"]["parallelism"] = {"tensor": 1}
    data["spec"]["vllm"]["args"] = {"data-parallel-size": 16}
    group = pods(2, yaml.safe_dump(data))
    group.publish()
    group.start(1)
    group.start(0)
    wait_for(lambda: len(group.serving()) == 2)
    address = [f"--data-parallel-address={LEADER}", "--data-parallel-rpc-port=13345"]
    assert group.serving()["base-0"][-3:] == ["--data-parallel-size-local=8", *address]
    assert group.serving()["base-0-1"][-5:] == [
        "--data-parallel-size-local=8",
        *address,
        "--data-parallel-start-rank=8",
        "--headless",
    ]
