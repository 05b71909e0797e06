"""The benchmark Job's own script under a real shell, with a server on loopback and a fake benchmark tool."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark_job import BASE, HOSTILE, SWEEP, Server, calls, job, metadata, run, seeds, start, steady
from r1c.bench.collect import collect


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


def test_every_point_is_warmed_up_measured_and_kept(tmp_path: Path, port: int) -> None:
    made = job(SWEEP)
    for index in range(3):
        status, out, err = run(made, tmp_path, port, index)
        assert (status, err) == (0, "")
        assert out.splitlines()[-1] == f"point {index} is done"
    asked = calls(tmp_path)
    asked = [steady(call) for call in asked]
    shared = [
        "--model=deepseek-ai/DeepSeek-R1",
        "--ignore-eos",
        "--trust-remote-code",
        "--percentile-metrics=ttft,tpot,itl,e2el",
        "--goodput",
        "ttft:500",
        "tpot:12.5",
        "--save-result",
    ]
    assert [call[:8] for call in asked] == [shared] * 6
    lengths = ["--dataset-name=random", "--random-input-len=1000", "--random-output-len=1000"]
    short = ["--dataset-name=random", "--random-input-len=200", "--random-output-len=100"]
    assert [call[8:13] for call in asked] == [
        [*lengths, "--num-prompts=8", "--max-concurrency=16"],
        [*lengths, "--num-prompts=80", "--max-concurrency=16"],
        [*lengths, "--num-prompts=8", "--request-rate=2.5"],
        [*lengths, "--num-prompts=640", "--request-rate=2.5"],
        [*short, "--num-prompts=8", "--max-concurrency=64"],
        [*short, "--num-prompts=640", "--max-concurrency=64"],
    ]
    assert len(set(seeds(tmp_path))) == 6
    assert all(0 <= seed < 2**32 for seed in seeds(tmp_path))
    for index in range(3):
        (folder,) = (tmp_path / "results").glob(f"*-{index}")
        assert re.fullmatch(rf"\d{{8}}T\d{{6}}Z-{index}", folder.name)
        assert {path.name for path in folder.iterdir()} == {"metadata.json", "output.txt", "result.json"}
        assert (folder / "output.txt").read_text(encoding="utf-8") == "the printed block\n"


def test_metadata_says_what_was_measured(tmp_path: Path, port: int) -> None:
    Server.looks = 0
    assert run(job(SWEEP), tmp_path, port, 1)[0] == 0
    data = metadata(tmp_path, 1)
    started, ended, seed, digest = (data.pop(name) for name in ("started", "ended", "seed", "profileDigest"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", started)
    assert started <= ended
    assert seed == seeds(tmp_path)[1]
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert data.pop("clientArgs") == steady(calls(tmp_path)[1])
    assert data.pop("serverArgs")[:2] == ["deepseek-ai/DeepSeek-R1", "--tensor-parallel-size=8"]
    assert data == {
        "recipe": "base",
        "platform": "a3-mega",
        "image": "us-central1-docker.pkg.dev/my-project/my-repo/vllm-openai:v0.10.2",
        "vllm": "v0.10.2",
        "serverVersion": "0.10.2",
        "replicas": 1,
        "job": "uid",
        "index": 1,
        "point": {
            "name": "steady",
            "dataset": "random",
            "prompts": 640,
            "inputLen": 1000,
            "outputLen": 1000,
            "requestRate": 2.5,
        },
        "prefixCache": {"hits": 10.0, "queries": 1000.0},
        "status": "complete",
        "reason": "",
    }


def test_a_run_again_overwrites_nothing(tmp_path: Path, port: int) -> None:
    for _ in range(2):
        assert run(job(), tmp_path, port)[0] == 0
        time.sleep(1.1)
    assert len(list((tmp_path / "results").iterdir())) == 2
    assert len(set(seeds(tmp_path))) == 4


def test_a_point_that_fails_says_why_and_the_others_run(tmp_path: Path, port: int) -> None:
    made = job(SWEEP)
    assert run(made, tmp_path, port, 0)[0] == 0
    status, _, err = run(made, tmp_path, port, 1, FAIL="point")
    assert status == 9
    assert err == (
        "out of memory on the client\n"
        "point 1 failed: the benchmark ended with status 9; the pod's log has its reason\n"
    )
    assert run(made, tmp_path, port, 2)[0] == 0
    assert [metadata(tmp_path, index)["status"] for index in range(3)] == ["complete", "failed", "complete"]
    found = collect([str(tmp_path / "results")])
    assert len(found.results) == 2
    assert [fault.reason for fault in found.faults] == [
        "point steady has no result: the benchmark ended with status 9; the pod's log has its reason"
    ]


def test_a_warm_up_that_fails_is_not_measured(tmp_path: Path, port: int) -> None:
    status, _, err = run(job(), tmp_path, port, FAIL="warm-up")
    assert status == 9
    assert err.endswith("point 0 failed: the warm-up ended with status 9; the pod's log has its reason\n")
    assert len(calls(tmp_path)) == 1


def test_requests_that_failed_make_the_point_fail(tmp_path: Path, port: int) -> None:
    status, _, err = run(job(), tmp_path, port, COMPLETED="7")
    assert (status, err) == (1, "point 0 failed: only 7 of 1100 requests succeeded\n")
    assert metadata(tmp_path)["reason"] == "only 7 of 1100 requests succeeded"


def test_a_server_that_never_becomes_healthy(tmp_path: Path) -> None:
    status, _, err = run(job(), tmp_path, 1, STARTUP_SECONDS="1")
    said = "the server did not answer at http://127.0.0.1:1/health within 1 seconds"
    assert (status, err) == (69, f"point 0 failed: {said}\n")
    assert metadata(tmp_path)["reason"] == said


def test_a_result_path_that_cannot_be_written_to(tmp_path: Path, port: int) -> None:
    status, out, err = run(job(), tmp_path, port, RESULTS="/proc/r1c")
    assert (status, out) == (73, "")
    assert re.search(
        r"cannot create the folder /proc/r1c/\S+-0: this pod's service account must be able to", err
    )
    assert not (tmp_path / "record").exists(), "nothing is measured"


def test_an_index_that_is_no_point(tmp_path: Path, port: int) -> None:
    status, _, err = run(job(), tmp_path, port, 1)
    assert (status, err) == (64, "this Job has no point 1: its only point is 0\n")


def appears(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.05)


def test_a_pod_whose_deadline_passes_ends_at_once_and_keeps_what_was_printed(
    tmp_path: Path, port: int
) -> None:
    process = start(job(), tmp_path, port, HANG="1")
    appears(tmp_path / "record.hangs")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 143
    os.killpg(process.pid, signal.SIGKILL)
    found = metadata(tmp_path)
    assert found["status"] == "failed"
    assert found["reason"] == (
        "the pod ended before the point was done: its deadline passed, it was deleted, or its node was "
        "drained"
    )
    (folder,) = (tmp_path / "results").iterdir()
    assert (folder / "output.txt").read_text(encoding="utf-8") == "1 of 1100 requests\n"


def test_a_deadline_that_passes_while_the_result_is_copied_takes_nothing(tmp_path: Path, port: int) -> None:
    slow = tmp_path / "bin" / "cp"
    slow.parent.mkdir()
    slow.write_text(
        f'#!/bin/sh\ntouch {tmp_path}/copies\nsleep 1\nexec {shutil.which("cp")} "$@"\n', encoding="utf-8"
    )
    slow.chmod(0o755)
    process = start(job(), tmp_path, port)
    appears(tmp_path / "copies")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert metadata(tmp_path)["status"] == "complete"
    (folder,) = (tmp_path / "results").iterdir()
    assert json.loads((folder / "result.json").read_text(encoding="utf-8"))["completed"] == 1100


def test_what_a_profile_says_arrives_as_it_is(tmp_path: Path, port: int) -> None:
    point = {"dataset": "sharegpt", "datasetPath": HOSTILE, "name": HOSTILE}
    assert run(job(json.dumps({"warmupPrompts": 0, "points": [point]})), tmp_path, port)[0] == 0
    (call,) = calls(tmp_path)
    assert f"--dataset-path={HOSTILE}" in call
    assert metadata(tmp_path)["point"]["name"] == HOSTILE
    assert not (tmp_path / "marker").exists()


def test_a_file_is_never_read_by_the_warm_up(tmp_path: Path, port: int) -> None:
    assert run(job("{dataset: sharegpt, datasetPath: /gcs/sharegpt.json}"), tmp_path, port)[0] == 0
    warm_up, measured = calls(tmp_path)
    assert "--dataset-name=random" in warm_up
    assert {"--dataset-name=sharegpt", "--dataset-path=/gcs/sharegpt.json"} <= set(measured)


@pytest.mark.parametrize(
    ("version", "started", "first"),
    [
        ("v0.7.3", "benchmark_serving.py", ["--model=deepseek-ai/DeepSeek-R1", "--backend=vllm"]),
        ("v0.9.0", "benchmark_serving.py", ["--model=deepseek-ai/DeepSeek-R1", "--backend=vllm"]),
        ("v0.9.1", "-c", ["--model=deepseek-ai/DeepSeek-R1", "--ignore-eos"]),
        ("v0.11.0", "-c", ["--model=deepseek-ai/DeepSeek-R1", "--ignore-eos"]),
        ("v0.11.1", "vllm", ["bench", "serve"]),
        ("v0.33.0", "vllm", ["bench", "serve"]),
    ],
)
def test_each_version_starts_the_client_that_needs_no_gpu(
    tmp_path: Path, port: int, version: str, started: str, first: list[str]
) -> None:
    assert run(job(base=BASE.replace("v0.10.2", version)), tmp_path, port)[0] == 0
    assert (tmp_path / "record.started").read_text(encoding="utf-8").split() == [started] * 2
    assert [call[:2] for call in calls(tmp_path)] == [first] * 2


def test_newer_versions_are_told_to_sample_greedily(tmp_path: Path, port: int) -> None:
    assert run(job(base=BASE.replace("v0.10.2", "v0.20.0")), tmp_path, port)[0] == 0
    assert all("--temperature=0" in call for call in calls(tmp_path))
