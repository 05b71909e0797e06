"""The benchmark Job's client from vLLM's own wheels, where there is no GPU: run by bin/test-bench-client.

It makes the environment of one release after another.

The very script of a compiled Job measures a small server on loopback that answers as vLLM's does.
"""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c import pipeline
from r1c.bench.collect import collect
from r1c.facts import bench_client

RELEASE = os.environ.get("R1C_BENCH_RELEASE", "v0.33.0")
ENVIRONMENT = Path(os.environ.get("R1C_BENCH_CLIENT", "none"))
pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(not ENVIRONMENT.is_dir(), reason="no environment of bin/test-bench-client"),
]

WORDS = 512
WARM_UP, PROMPTS, FROM_FILE = 2, 12, 5
INPUT, OUTPUT, FROM_FILE_OUTPUT = 32, 16, 10
PROFILE = {
    "apiVersion": "r1c.dev/v1alpha1",
    "kind": "Recipe",
    "metadata": {"name": "tiny"},
    "spec": {
        "platform": "a3-mega",
        "parallelism": {"tensor": 8},
        "cluster": {"project": "my-project", "name": "my-cluster", "region": "us-central1"},
        "image": {"registry": "us-central1-docker.pkg.dev/my-project/my-repo"},
        "storage": {"bucket": "my-bucket"},
        "vllm": {"version": RELEASE, "args": {"trust-remote-code": True, "max-num-seqs": 8}},
    },
}


class Server(http.server.BaseHTTPRequestHandler):
    """Streams as many tokens as it is asked for, as vLLM's completions do."""

    asked: list[dict[str, Any]]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b'{"version": "stub"}' if self.path == "/version" else b""
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/completions":
            self.send_error(404)
            return
        self.asked.append(asked)
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        count = asked["max_tokens"]
        for _ in range(count):
            self._event({"choices": [{"index": 0, "text": " w7", "finish_reason": None}]})
            time.sleep(0.002)
        read = len(asked["prompt"].split())
        usage = {"prompt_tokens": read, "completion_tokens": count, "total_tokens": read + count}
        self._event({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, data: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps({'object': 'text_completion', **data})}\n\n".encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(Server, "asked", [], raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


def make_tokenizer(place: Path) -> None:
    """Write a tokenizer that takes words apart at spaces."""
    vocabulary = {"<unk>": 0, "<end>": 1} | {f"w{number}": number for number in range(2, WORDS)}
    model = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "<unk>"}
    unused = dict.fromkeys(("truncation", "padding", "normalizer", "post_processor", "decoder"))
    whole: dict[str, Any] = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": model,
        **unused,
    }
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": "<unk>",
        "eos_token": "<end>",
        "pad_token": "<end>",
    }
    place.mkdir()
    (place / "tokenizer.json").write_text(json.dumps(whole), encoding="utf-8")
    (place / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def conversation(number: int) -> dict[str, Any]:
    words = [f"w{2 + (number * 31 + word) % (WORDS - 2)}" for word in range(20)]
    said = (" ".join(words), " ".join(words[:FROM_FILE_OUTPUT]))
    return {"conversations": [{"from": "human", "value": said[0]}, {"from": "gpt", "value": said[1]}]}


def container(place: Path) -> dict[str, Any]:
    """Compile the profile and return the Job's container, with its model and data set in `place`."""
    make_tokenizer(place / "tokenizer")
    file = place / "conversations.json"
    file.write_text(json.dumps([conversation(number) for number in range(20)]), encoding="utf-8")
    profile: dict[str, Any] = json.loads(json.dumps(PROFILE))
    profile["spec"]["model"] = {"id": str(place / "tokenizer"), "servedName": "tiny"}
    profile["spec"]["benchmark"] = {
        "inputLen": INPUT,
        "outputLen": OUTPUT,
        "warmupPrompts": WARM_UP,
        "goodput": {"ttftMs": 60000, "tpotMs": 10000},
        "points": [
            {"prompts": PROMPTS, "concurrency": 4},
            {"prompts": FROM_FILE, "requestRate": 50, "dataset": "sharegpt", "datasetPath": str(file)},
        ],
    }
    checked = pipeline.analyse("tiny.yaml", yaml.safe_dump(profile).encode())
    assert checked.plan, checked.diagnostics
    job = yaml.safe_load(pipeline.build(checked.plan)["benchmark/job.yaml"])
    found: dict[str, Any] = job["spec"]["template"]["spec"]["containers"][0]
    return found


def environment(place: Path) -> dict[str, str]:
    return {
        "PATH": f"{ENVIRONMENT / 'bin'}:{os.environ['PATH']}",
        "HOME": str(place),
        "HF_HOME": str(place / "huggingface"),
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
    }


def run(made: dict[str, Any], place: Path, port: int, index: int) -> subprocess.CompletedProcess[str]:
    """Run the pod of one index, in an image whose working directory is `place`."""
    if (ENVIRONMENT / "benchmarks").is_dir():
        shutil.copytree(ENVIRONMENT / "benchmarks", place / "benchmarks", dirs_exist_ok=True)
    given = {entry["name"]: entry["value"] for entry in made["env"] if "value" in entry}
    given |= environment(place) | {"SERVICE": "127.0.0.1", "PORT": str(port), "JOB_UID": "job"}
    given |= {"RESULTS": str(place / "results"), "JOB_COMPLETION_INDEX": str(index)}
    argv = [text.replace("/vllm-workspace", str(place)) for text in [*made["command"], *made["args"]]]
    return subprocess.run(
        argv, cwd=place, env=given, capture_output=True, text=True, check=False, timeout=600
    )


def test_the_client_measures_every_point_without_a_gpu(tmp_path: Path, port: int) -> None:
    made = container(tmp_path)
    for index in (0, 1):
        ran = run(made, tmp_path, port, index)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    found = collect([str(tmp_path / "results")])
    assert found.faults == ()
    random, from_file = found.results
    assert (random.point, random.figures["completed_requests"]) == ("32-in-16-out-4-at-once", PROMPTS)
    assert random.figures["total_input_tokens"] == PROMPTS * INPUT
    assert random.figures["total_output_tokens"] == PROMPTS * OUTPUT
    assert (from_file.point, from_file.figures["completed_requests"]) == ("sharegpt-50-a-second", FROM_FILE)
    assert from_file.figures["total_output_tokens"] == FROM_FILE * FROM_FILE_OUTPUT
    for result in found.results:
        for name in ("mean_ttft_ms", "p99_tpot_ms", "mean_itl_ms", "p99_e2el_ms", "good_requests_per_s"):
            assert result.figures[name] > 0, (result.point, name)
    # A client may send the server one request more before each run, to try it.
    sent = 2 * WARM_UP + PROMPTS + FROM_FILE
    assert sent <= len(Server.asked) <= sent + 4
    assert all(
        asked["stream"] and asked["ignore_eos"] and asked["temperature"] == 0 for asked in Server.asked
    )


@pytest.mark.skipif(bench_client.client(RELEASE).kind != "module", reason="only where the module is called")
def test_the_command_needs_a_gpu_where_the_module_is_called(tmp_path: Path, port: int) -> None:
    made = container(tmp_path)
    argv = [
        ENVIRONMENT / "bin" / "vllm",
        "bench",
        "serve",
        *made["args"],
        f"--base-url=http://127.0.0.1:{port}",
    ]
    ran = subprocess.run(
        argv,
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ran.returncode == 1
    assert "Failed to infer device type" in ran.stderr
