"""How a pod ends: the emitted preStop hooks with a small server instead of vLLM.

The processes get the signals in the order in which Kubernetes sends them.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c import pipeline
from r1c.lower import termination
from r1c.resolve.plan import Plan
from r1c.resolve.termination import EXIT_SECONDS, termination_of

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")

ONE_NODE: dict[str, Any] = {
    "model": {"id": "openai/gpt-oss-120b"},
    "parallelism": {"tensor": 8},
    "nodes": 1,
}

# Stands for vLLM: /stream?N sends a word every 0.1 s, N times, and /metrics counts the streams. SIGTERM ends
# it at once. Arguments: port, what is wrong with it ("" for nothing).
VLLM = """
import sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, fault = int(sys.argv[1]), sys.argv[2]
running, tokens, lock = 0, 0, threading.Lock()

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        global running, tokens
        if fault == "silent":
            time.sleep(60)
        self.send_response(200)
        self.end_headers()
        if self.path == "/metrics":
            lines = [f"process_cpu_seconds_total {time.time()}"]
            if fault != "no-statistics":
                count = 3 if fault == "hangs" else running
                lines += [
                    "# TYPE vllm:num_requests_running gauge",
                    f'vllm:num_requests_running{{engine="0",model_name="a {{b}}"}} {count}.0',
                    'vllm:num_requests_running{engine="1",model_name="a"} 0.0',
                    'vllm:num_requests_waiting{engine="0",model_name="a"} 0.0',
                    f'vllm:generation_tokens_total{{engine="0",model_name="a"}} {tokens}.0',
                ]
            self.wfile.write("\\n".join(lines).encode())
            return
        with lock:
            running += 1
        for _ in range(int(self.path.partition("?")[2])):
            self.wfile.write(b"word ")
            tokens += 1
            time.sleep(0.1)
        with lock:
            running -= 1

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
server.serve_forever()
"""


@dataclass
class Server:
    """The process that stands for vLLM, and the port that it serves on."""

    port: int
    process: subprocess.Popen[bytes]

    def ask(self, words: int) -> Callable[[], int]:
        """Ask for a streamed answer in the background; what is returned waits for it and counts its words."""
        received: list[bytes] = []

        def read() -> None:
            url = f"http://127.0.0.1:{self.port}/stream?{words}"
            with urllib.request.urlopen(url, timeout=30) as answer:
                while piece := answer.read1(100):
                    received.append(piece)

        client = threading.Thread(target=read, daemon=True)
        client.start()

        def count() -> int:
            client.join(30)
            return b"".join(received).count(b"word")

        return count


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def start(fault: str = "") -> Server:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen([sys.executable, "-c", VLLM, str(port), fault])
        made.append(Server(port, process))
        while not answers(port):
            assert process.poll() is None
            time.sleep(0.05)
        return made[-1]

    yield start
    for server in made:
        server.process.kill()
        server.process.wait(10)


@pytest.fixture(autouse=True)
def _short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(termination, "ENDPOINTS_SECONDS", 1)


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def plan_of(seconds: int = 600, version: str = "v0.7.3", **spec: Any) -> Plan:
    data = yaml.safe_load(BASE)
    data["spec"]["vllm"]["version"] = version
    data["spec"]["scheduling"] = {"terminationGracePeriodSeconds": seconds}
    data["spec"]["vllm"]["args"] |= spec.pop("args", {})
    data["spec"] |= spec
    checked = pipeline.analyse("profile.yaml", yaml.safe_dump(data).encode())
    assert checked.plan, checked.diagnostics
    return checked.plan


def hook(plan: Plan, role: str = "leaderTemplate") -> list[str]:
    group = yaml.safe_load(pipeline.build(plan)["leaderworkerset.yaml"])["spec"]["leaderWorkerTemplate"]
    command: list[str] = group[role]["spec"]["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert command[:2] == ["python3", "-c"]
    return [sys.executable, *command[1:]]


def run(command: list[str]) -> float:
    """Run a hook as the kubelet does, in the container's environment, and return how long it took."""
    environment = {
        "PATH": os.environ["PATH"],
        "VLLM_HOST_IP": "127.0.0.1",
        "LWS_LEADER_ADDRESS": "localhost",
        "http_proxy": "http://127.0.0.1:9",
    }
    began = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    return time.monotonic() - began


def test_an_answer_that_is_streamed_outlives_the_deletion_of_its_pod(serve: Callable[..., Server]) -> None:
    server = serve()
    answer = server.ask(20)
    time.sleep(0.3)
    assert 1.5 < run(hook(plan_of(service={"port": server.port}))) < 15
    server.process.send_signal(signal.SIGTERM)
    assert answer() == 20


def test_requests_that_still_come_are_served_too(serve: Callable[..., Server]) -> None:
    server = serve()
    late: list[Callable[[], int]] = []
    timer = threading.Timer(0.3, lambda: late.append(server.ask(20)))
    timer.start()
    run(hook(plan_of(service={"port": server.port})))
    server.process.send_signal(signal.SIGTERM)
    assert late[0]() == 20


def test_an_idle_server_ends_as_soon_as_services_have_forgotten_it(serve: Callable[..., Server]) -> None:
    assert 1 <= run(hook(plan_of(service={"port": serve().port}))) < 8


def test_an_answer_without_end_ends_with_the_time(serve: Callable[..., Server]) -> None:
    server = serve()
    server.ask(600)
    time.sleep(0.3)
    assert 2 <= run(hook(plan_of(EXIT_SECONDS + 2, service={"port": server.port}))) < 12


def test_a_pod_whose_server_does_not_listen_ends_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert run(hook(plan_of(service={"port": free.getsockname()[1]}))) < 5


@pytest.mark.parametrize("fault", ["hangs", "silent"])
def test_a_server_that_hangs_is_not_waited_for(fault: str, serve: Callable[..., Server]) -> None:
    server = serve(fault)
    command = hook(plan_of(service={"port": server.port}))
    assert "STALLED_SECONDS = 60 " in command[2]
    command[2] = (
        command[2].replace("STALLED_SECONDS = 60 ", "STALLED_SECONDS = 2 ").replace("timeout=5", "timeout=1")
    )
    assert 2 <= run(command) < 15


def test_without_statistics_all_of_the_time_is_given(serve: Callable[..., Server]) -> None:
    server = serve("no-statistics")
    command = hook(plan_of(EXIT_SECONDS + 3, service={"port": server.port}))
    command[2] = command[2].replace("STALLED_SECONDS = 60 ", "STALLED_SECONDS = 1 ")
    assert 3 <= run(command) < 12


def test_a_worker_stays_while_the_leader_serves(serve: Callable[..., Server]) -> None:
    server = serve()
    threading.Timer(2, server.process.kill).start()
    assert 2 <= run(hook(plan_of(service={"port": server.port}), "workerTemplate")) < 15


def test_a_worker_does_not_stay_longer_than_its_time(serve: Callable[..., Server]) -> None:
    plan = plan_of(EXIT_SECONDS + 2, service={"port": serve().port})
    assert 2 <= run(hook(plan, "workerTemplate")) < 10


@pytest.mark.parametrize(
    ("version", "spec", "serving", "finishing"),
    [
        ("v0.7.3", {}, 570, 0),
        ("v0.17.0", {}, 570, 0),
        ("v0.18.0", {}, 285, 285),
        ("v0.32.0", ONE_NODE, 285, 285),
        ("v0.32.0", {"args": {"shutdown-timeout": 100}}, 470, 100),
        ("v0.32.0", {"args": {"shutdown-timeout": 900}}, 0, 570),
        ("v0.32.0", {"args": {"shutdown-timeout": 0}}, 570, 0),
        # Several API servers end at once on SIGTERM.
        ("v0.32.0", {**ONE_NODE, "args": {"api-server-count": 4}}, 570, 0),
        (
            "v0.32.0",
            {
                "model": {"id": "Qwen/Qwen3-30B-A3B"},
                "parallelism": {"tensor": 1},
                "args": {"data-parallel-size": 16},
            },
            570,
            0,
        ),
    ],
)
def test_how_the_grace_period_is_spent(
    version: str, spec: dict[str, Any], serving: int, finishing: int
) -> None:
    plan = plan_of(version=version, **spec)
    found = termination_of(plan)
    assert (found.serving, found.finishing) == (serving, finishing)
    given = plan.server.argument("shutdown-timeout") is not None
    assert termination.flags(plan) == ([f"--shutdown-timeout={finishing}"] if finishing and not given else [])
    assert hook(plan)[-3:] == [str(plan.service.port), str(serving), "1"]
    assert hook(plan, "workerTemplate")[-1] == "570"
