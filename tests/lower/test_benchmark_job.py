"""The benchmark Job's own script under a real shell, with a server on loopback and a fake benchmark tool."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import kubernetes_schemas
from r1c import facts, pipeline
from r1c.bench.collect import collect

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8").replace("v0.7.3", "v0.10.2")
HOSTILE = 'it\'s "a" $(touch marker) $(SERVICE) $$ ${HOME} `id` \\ é/sharegpt.json'
TOOL = f"""#!{sys.executable}
import json, os, sys, time
from pathlib import Path
with open(os.environ["RECORD"], "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
with open(os.environ["RECORD"] + ".started", "a") as file:
    file.write(os.path.basename(sys.argv[0]) + "\\n")
options = dict(text[2:].split("=", 1) for text in sys.argv[1:] if "=" in text)
warm_up = options["result-filename"] == "warm-up.json"
if os.environ.get("FAIL") == ("warm-up" if warm_up else "point"):
    print("out of memory on the client", file=sys.stderr)
    sys.exit(9)
if os.environ.get("HANG") and not warm_up:
    print("1 of 1100 requests", flush=True)
    Path(os.environ["RECORD"] + ".hangs").touch()
    time.sleep(60)
completed = int(os.environ.get("COMPLETED", options["num-prompts"]))
result = {{"completed": completed, "duration": 1.0, "total_input_tokens": 1, "request_throughput": 1.0,
    "total_token_throughput": 1.0}}
print("the printed block")
Path(options["result-dir"], options["result-filename"]).write_text(json.dumps(result))
"""
MODULE = f"""\
def add_cli_args(parser):
    parser.parse_args = list

def main(arguments):
    exec({TOOL!r}, {{}})
"""
METRICS = """\
# HELP vllm:prefix_cache_queries_total Prefix cache queries.
vllm:prefix_cache_queries_total{engine="0",model_name="m"} %d.0
vllm:prefix_cache_hits_total{engine="0",model_name="m"} %d.0
vllm:prefix_cache_hits_created{engine="0",model_name="m"} 1.7e+09
"""


class Server(http.server.BaseHTTPRequestHandler):
    """Answers as vLLM does; each look at the metrics finds more in the cache."""

    looks = 0

    def do_GET(self) -> None:
        body = ""
        if self.path == "/version":
            body = '{"version": "0.10.2"}'
        if self.path == "/metrics":
            Server.looks += 1
            body = METRICS % (1000 * Server.looks, 10 * Server.looks)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


def job(benchmark: str = "", base: str = BASE) -> dict[str, Any]:
    data = yaml.safe_load(base) | {}
    data["spec"]["benchmark"] = yaml.safe_load(benchmark) or {}
    checked = pipeline.analyse("profile.yaml", yaml.safe_dump(data, allow_unicode=True).encode())
    assert checked.plan, checked.diagnostics
    found: dict[str, Any] = yaml.safe_load(pipeline.build(checked.plan)["benchmark/job.yaml"])
    return found


def expand(text: str, environment: dict[str, str]) -> str:
    """Expand a text as the kubelet does: $(NAME) of a known variable, and $$ for $."""

    def replace(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else environment.get(match[1], match[0])

    return re.sub(r"\$\$|\$\(([^)]*)\)", replace, text)


def start(made: dict[str, Any], place: Path, port: int, index: int = 0, **more: str) -> subprocess.Popen[str]:
    """Start the pod of one index in `place`, with a fake of each way to run the benchmark."""
    container = made["spec"]["template"]["spec"]["containers"][0]
    fakes = {
        "bin/vllm": TOOL,
        "benchmarks/benchmark_serving.py": TOOL,
        "vllm/__init__.py": "",
        "vllm/benchmarks/__init__.py": "",
        "vllm/benchmarks/serve.py": MODULE,
    }
    for name, text in fakes.items():
        path = place / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    environment = {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "RECORD": str(place / "record")}
    given = {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}
    environment |= {name: expand(value, given) for name, value in given.items()}
    environment |= {"SERVICE": "127.0.0.1", "PORT": str(port), "RESULTS": str(place / "results")}
    environment |= {"JOB_UID": "uid", "JOB_COMPLETION_INDEX": str(index), **more}
    argv = [expand(text, given) for text in [*container["command"], *container["args"]]]
    return subprocess.Popen(
        [text.replace("/vllm-workspace", str(place)) for text in argv],
        cwd=place,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def run(made: dict[str, Any], place: Path, port: int, index: int = 0, **more: str) -> tuple[int, str, str]:
    process = start(made, place, port, index, **more)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def calls(place: Path) -> list[list[str]]:
    return [json.loads(line) for line in (place / "record").read_text(encoding="utf-8").splitlines()]


def steady(call: list[str]) -> list[str]:
    """Return a call without what differs from run to run."""
    changing = ("--base-url=", "--seed=", "--result-dir=", "--result-filename=")
    return [text for text in call if not text.startswith(changing)]


def seeds(place: Path) -> list[int]:
    found = re.findall(r'"--seed=(\d+)"', (place / "record").read_text(encoding="utf-8"))
    return [int(seed) for seed in found]


def metadata(place: Path, index: int = 0) -> dict[str, Any]:
    (folder,) = (place / "results").glob(f"*-{index}")
    data: dict[str, Any] = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    return data


SWEEP = """\
prompts: 640
goodput: {ttftMs: 500, tpotMs: 12.5}
points:
- {concurrency: 16, prompts: 80}
- {requestRate: 2.5, name: steady}
- {inputLen: 200, outputLen: 100, concurrency: 64}
"""


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
        r"cannot make the folder /proc/r1c/\S+-0: results can only be kept in a bucket that", err
    )
    assert not (tmp_path / "record").exists(), "nothing is measured"


def test_an_index_that_is_no_point(tmp_path: Path, port: int) -> None:
    status, _, err = run(job(), tmp_path, port, 1)
    assert (status, err) == (64, "this Job has no point 1: its last is 0\n")


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
        "the pod was ended before the point was done: its deadline passed, it was deleted, or its node "
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


def test_the_container_has_a_core_for_its_client_and_no_limit() -> None:
    container = job()["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {"requests": {"cpu": "2", "memory": "4Gi"}}


SERVER = 5400 + 1800
"""Seconds that the server of tests/base.yaml has to start."""


@pytest.mark.parametrize(
    ("benchmark", "all_points", "each"),
    [
        # 1,108 requests of 1,000 tokens: 5,540 s out at 200 a second, 1,108 s in at 1,000, 600 s for the pod.
        ("{}", 5540 + 1108 + 600, None),
        # One at a time: 5 tokens a second.
        ("{concurrency: 1, prompts: 10, warmupPrompts: 0}", 2000 + 10 + 600, None),
        # One request in ten seconds.
        ("{requestRate: 0.1, prompts: 100, warmupPrompts: 0}", 1000 + 500 + 100 + 600, None),
        (
            "{prompts: 10, warmupPrompts: 0, points: [{concurrency: 1}, {concurrency: 2}]}",
            (2000 + 10 + 600) + (1000 + 10 + 600),
            2000 + 10 + 600,
        ),
    ],
)
def test_the_deadline_covers_the_server_and_all_points_one_after_another(
    benchmark: str, all_points: int, each: int | None
) -> None:
    spec = job(benchmark)["spec"]
    assert spec["activeDeadlineSeconds"] == in_steps(SERVER + all_points)
    expected = in_steps(SERVER + each) if each else None
    assert spec["template"]["spec"].get("activeDeadlineSeconds") == expected


def in_steps(seconds: int) -> int:
    return (seconds + 599) // 600 * 600


def test_replicas_do_not_change_the_deadline() -> None:
    several = job(base=BASE.replace("spec:\n", "spec:\n  replicas: 4\n"))["spec"]
    assert several["activeDeadlineSeconds"] == job()["spec"]["activeDeadlineSeconds"]


def test_a_deadline_is_never_longer_than_kubernetes_takes() -> None:
    spec = job(f"{{points: [{{prompts: {10**18}}}, {{requestRate: 0.001, prompts: {10**18}}}]}}")["spec"]
    assert spec["activeDeadlineSeconds"] == 2147483647
    assert spec["template"]["spec"]["activeDeadlineSeconds"] == 2147483647


def test_a_script_has_nothing_that_flux_substitutes() -> None:
    assert "${" not in job(SWEEP)["spec"]["template"]["spec"]["containers"][0]["command"][2]


def test_a_script_of_as_many_points_as_there_may_be_is_one_argument() -> None:
    limit = facts.limits().sweep
    path = f"/gcs/{'folder/' * 50}sharegpt.json"
    point = {"dataset": "sharegpt", "datasetPath": path, "requestRate": 123.456}
    made = job(json.dumps({"points": [point] * limit.points}))
    container = made["spec"]["template"]["spec"]["containers"][0]
    (recorded,) = (entry["value"] for entry in container["env"] if entry["name"] == "METADATA")
    assert limit.argument_bytes // 2 < len(container["command"][2]) < limit.argument_bytes
    assert len(f"METADATA={recorded}") < limit.argument_bytes


@pytest.mark.parametrize("version", kubernetes_schemas.VERSIONS)
def test_kubernetes_takes_the_job(version: str) -> None:
    made = job(SWEEP)
    assert kubernetes_schemas.faults(made, version) == []
    spec = made["spec"]
    assert (spec["completions"], spec["parallelism"], spec["completionMode"]) == (3, 1, "Indexed")
    assert spec["backoffLimitPerIndex"] == 0
    assert spec["podFailurePolicy"]["rules"] == [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    ]
