"""The budget counts whole groups, and a worker is ready when its leader answers: asked by a real shell."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from plan_of import base
from r1c.lower import disruption, leaderworkerset
from r1c.resolve.plan import Plan


def budget(made: Plan) -> Any:
    assert made.disruption
    manifest = disruption.manifest(made, made.disruption)
    return manifest and manifest.objects[0]["spec"]


@pytest.mark.parametrize(
    ("replicas", "taken", "kept"), [(2, 1, 2), (3, 1, 4), (3, 2, 2), (5, 2, 6), (1, 1, None), (0, 1, None)]
)
def test_the_budget_keeps_the_pods_of_whole_groups(replicas: int, taken: int, kept: int | None) -> None:
    made = budget(base(replicas=replicas, disruption={"maxUnavailable": taken}))
    assert (made and made["minAvailable"]) == kept


def test_a_partition_is_written_only_where_it_is_asked_for() -> None:
    (lws,) = leaderworkerset.manifest(base(replicas=2, rollout={"maxSurge": 1})).objects
    assert lws["spec"]["rolloutStrategy"]["rollingUpdateConfiguration"] == {
        "maxUnavailable": 1,
        "maxSurge": 1,
    }
    (lws,) = leaderworkerset.manifest(base(replicas=2, rollout={"partition": 1})).objects
    assert lws["spec"]["rolloutStrategy"]["rollingUpdateConfiguration"]["partition"] == 1


def test_only_workers_of_several_groups_have_the_probe() -> None:
    def probes(made: Plan) -> list[bool]:
        (lws,) = leaderworkerset.manifest(made).objects
        template = lws["spec"]["leaderWorkerTemplate"]["workerTemplate"]
        return ["readinessProbe" in container for container in template["spec"]["containers"]]

    assert probes(base(replicas=2, disruption={})) == [True]
    assert probes(base(replicas=1, disruption={})) == [False]
    assert probes(base(replicas=2)) == [False]


@contextmanager
def server(status: int) -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    made = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made.server_port
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


def asked(port: int) -> int:
    command = ["/bin/bash", "-c", disruption.leader_answers(port)]
    environment = {**os.environ, "LWS_LEADER_ADDRESS": "127.0.0.1"}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def test_a_worker_is_ready_when_its_leader_answers() -> None:
    with server(200) as port:
        assert asked(port) == 0
    assert asked(port) != 0
    with server(503) as port:
        assert asked(port) != 0
