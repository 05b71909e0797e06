"""The compiled benchmark and the end of a pod with a real vLLM: run by bin/test-vllm.

A tiny model made on the spot is served with the flags of a compiled profile; the very script of its benchmark
Job measures it, point by point. At last the server ends as Kubernetes ends a pod, while it streams answers.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from plan_of import base
from r1c import pipeline
from r1c.bench import formats
from r1c.bench.collect import collect
from r1c.bench.parse import parse
from r1c.bench.result import Result
from r1c.cli import main
from r1c.facts import vllm_metrics

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(
        shutil.which("vllm", path=str(Path(sys.executable).parent)) is None, reason="no vllm here"
    ),
]

WORDS = 512
PROFILE = """\
apiVersion: r1c.dev/v1alpha1
kind: Recipe
metadata: {name: tiny}
spec:
  platform: a3-mega
  model: {id: MODEL, servedName: tiny, config: CONFIG}
  vllm:
    version: v0.32.0
    args: {max-model-len: 256, max-num-seqs: 8, enforce-eager: true, dtype: float32}
    env: {VLLM_CPU_KVCACHE_SPACE: "1"}
  parallelism: {tensor: 1}
  cluster: {project: my-project, name: my-cluster, region: us-central1}
  image: {registry: us-central1-docker.pkg.dev/my-project/my-repo}
  storage: {bucket: my-bucket, mountPath: MOUNT}
  service: {port: PORT}
  benchmark:
    inputLen: 32
    outputLen: 16
    warmupPrompts: 2
    goodput: {ttftMs: 60000, tpotMs: 10000}
    points:
    - {prompts: 20, concurrency: 4}
    - {prompts: 8, requestRate: 4, name: steady}
"""


@dataclass(frozen=True)
class Setting:
    """A running server with its container and port, and the benchmark Job's container beside it."""

    place: Path
    container: dict[str, Any]
    environment: dict[str, str]
    server: dict[str, Any]
    process: subprocess.Popen[bytes]
    port: int


def make_model(place: Path) -> dict[str, Any]:
    """Save a Qwen3 of two layers with random weights, and a tokenizer that takes words apart at spaces."""
    from tokenizers import Tokenizer, models, pre_tokenizers  # type: ignore[import-not-found]
    from transformers import (  # type: ignore[import-not-found]
        PreTrainedTokenizerFast,
        Qwen3Config,
        Qwen3ForCausalLM,
    )

    words = {"<unk>": 0, "<end>": 1} | {f"w{number}": number for number in range(2, WORDS)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", eos_token="<end>", pad_token="<end>"
    ).save_pretrained(place)
    config = Qwen3Config(
        vocab_size=WORDS,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=512,
        bos_token_id=None,
        eos_token_id=1,
    )
    Qwen3ForCausalLM(config).save_pretrained(place)
    described: dict[str, Any] = json.loads((place / "config.json").read_text(encoding="utf-8"))
    return described


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return True
    except OSError:
        return False


def values(container: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    place = tmp_path_factory.mktemp("vllm")
    model, port = place / "model", free_port()
    config = make_model(model)
    texts = {"MODEL": str(model), "CONFIG": json.dumps(config), "PORT": str(port), "MOUNT": str(place)}
    profile = re.sub("MODEL|CONFIG|PORT|MOUNT", lambda match: texts[match[0]], PROFILE)
    checked = pipeline.analyse("tiny.yaml", profile.encode())
    assert checked.plan, checked.diagnostics
    files = pipeline.build(checked.plan)
    group = yaml.safe_load(files["leaderworkerset.yaml"])["spec"]["leaderWorkerTemplate"]
    server = group["leaderTemplate"]["spec"]["containers"][0]
    job = yaml.safe_load(files["benchmark/job.yaml"])["spec"]["template"]["spec"]["containers"][0]
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(place),
        "HF_HOME": str(place / "huggingface"),
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
    }
    wanted = {name: value for name, value in values(server).items() if name.startswith("VLLM_")}
    with (place / "server.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*server["command"], *server["args"]],
            cwd=place,
            env={**environment, **wanted},
            stdout=log,
            stderr=log,
        )
        try:
            deadline = time.monotonic() + 600
            while not healthy(port):
                said = (place / "server.log").read_text(encoding="utf-8")
                assert process.poll() is None, said
                assert time.monotonic() < deadline, said
                time.sleep(1)
            yield Setting(place, job, environment, server, process, port)
        finally:
            process.terminate()
            process.wait(timeout=120)


@pytest.fixture(scope="module")
def results(setting: Setting) -> Path:
    """Run the Job's pods as the Job would: index by index."""
    folder = setting.place / "results"
    for index in (0, 1):
        more = {
            "SERVICE": "127.0.0.1",
            "RESULTS": str(folder),
            "JOB_UID": "job",
            "JOB_COMPLETION_INDEX": str(index),
        }
        command = [
            text.replace("/vllm-workspace", str(setting.place))
            for text in [*setting.container["command"], *setting.container["args"]]
        ]
        ran = subprocess.run(
            command,
            cwd=setting.place,
            env={**values(setting.container), **setting.environment, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


def test_each_point_keeps_its_result_and_what_it_is_tied_to(results: Path) -> None:
    first, second = sorted(results.iterdir(), key=lambda folder: folder.name[-1])
    for folder, name in ((first, "32-in-16-out-4-at-once"), (second, "steady")):
        assert {path.name for path in folder.iterdir()} == {"metadata.json", "output.txt", "result.json"}
        data = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
        assert data["status"] == "complete"
        assert data["point"]["name"] == name
        assert data["serverVersion"].startswith("0.32.0")
        # No prompt came from the prefix cache but the one that vLLM itself sends first to try the server.
        assert 0 <= data["prefixCache"]["hits"] <= 32
        assert data["prefixCache"]["queries"] >= 32 * data["point"]["prompts"]


def test_files_agree_with_the_printed_block_to_the_last_digit(results: Path) -> None:
    compared = 0
    for folder in results.iterdir():
        (from_file,) = parse("result.json", (folder / "result.json").read_text(encoding="utf-8"))
        printed = (folder / "output.txt").read_text(encoding="utf-8")
        (from_block,) = parse("output.txt", printed)
        assert isinstance(from_file, Result)
        assert isinstance(from_block, Result)
        for name, value in from_block.figures.items():
            shown = f"{value:.2f}" if isinstance(value, float) else str(value)
            exact = from_file.figures[name]
            assert (f"{exact:.2f}" if isinstance(value, float) else str(exact)) == shown, name
            compared += 1
        lines = [line for line in printed.splitlines() if re.match(r"\S.*:\s+\d[\d.]*\s*$", line)]
        inside = lines[next(i for i, line in enumerate(lines) if line.startswith("Successful requests:")) :]
        assert all(formats.read_line(line) for line in inside)
        assert len(from_block.figures) + len(from_block.settings) == len(inside)
    assert compared >= 40


def test_commands_read_the_results(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = collect([str(results)])
    assert [result.point for result in found.results] == ["32-in-16-out-4-at-once", "steady"]
    assert found.faults == ()
    assert all(result.figures["good_requests_per_s"] > 0 for result in found.results)
    assert main(["bench", "parse", str(results)]) == 0
    assert "32-in-16-out-4-at-once" in capsys.readouterr().out
    assert main(["bench", "compare", str(results), str(results), "--fail-on", "p99_ttft_ms>+1%"]) == 0
    assert tmp_path.exists()


def test_the_server_shows_every_metric_that_monitoring_names(setting: Setting, results: Path) -> None:
    """After the benchmark, when every metric has a sample; histograms with their buckets."""
    assert results.exists()
    with urllib.request.urlopen(f"http://127.0.0.1:{setting.port}/metrics", timeout=30) as answer:
        shown = {line.split("{")[0].split(" ")[0] for line in answer.read().decode().splitlines()}
    server = {"version": "v0.32.0", "args": {"max-model-len": 256}}
    blocks = {"monitoring": {"ttftMs": 1000, "tpotMs": 100}, "gateway": {"endpointPicker": {}}}
    scaling = {"adapter": "customMetricsStackdriver", "maxReplicas": 2}
    files = pipeline.build(base(vllm=server, scaling=scaling, **blocks))
    texts = [files[f"{name}.yaml"].decode() for name in (*blocks, "scaling")]
    named = {name for text in texts for name in re.findall(r"vllm:[a-z0-9_]+", text)}
    assert len(named) >= 12
    assert named - shown == set()
    families = {name.removesuffix("_bucket") for name in shown if name.startswith("vllm:")}
    facts = {name for name in vllm_metrics.metrics() if vllm_metrics.has(name, "v0.32.0", ("v1",))}
    assert facts - families == set()


def ask(port: int, tokens: int) -> int:
    """Stream an answer and return its number of tokens; raises OSError or HTTPException where it is cut."""
    body = {"model": "tiny", "prompt": "w7 w8", "max_tokens": tokens, "ignore_eos": True, "stream": True}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/completions",
        data=json.dumps(body | {"stream_options": {"include_usage": True}}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        events = [line.removeprefix(b"data: ").strip() for line in answer if line.startswith(b"data: ")]
    assert events[-1] == b"[DONE]", events[-3:]
    return int(json.loads(events[-2])["usage"]["completion_tokens"])


def stop_hook(setting: Setting, **replaced: str) -> float:
    """Run the preStop hook in the server's environment, and return how many seconds it took."""
    command = setting.server["lifecycle"]["preStop"]["exec"]["command"]
    *script, scheme, port, serving, endpoints = command
    words = [*script, scheme, port, replaced.get("serving", serving), replaced.get("endpoints", endpoints)]
    began = time.monotonic()
    environment = {**setting.environment, "VLLM_HOST_IP": "127.0.0.1"}
    ran = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    return time.monotonic() - began


def test_an_idle_server_ends_when_services_have_forgotten_it(setting: Setting) -> None:
    assert 15 <= stop_hook(setting) < 25


def test_the_hook_lets_the_server_serve_until_its_answers_are_whole(setting: Setting) -> None:
    with ThreadPoolExecutor(64) as clients:
        answers = [clients.submit(ask, setting.port, 200) for _ in range(64)]
        time.sleep(1)
        assert not all(answer.done() for answer in answers)
        stop_hook(setting, endpoints="0")
        # Idle: what is left is to send the last words.
        assert [answer.result(timeout=10) for answer in answers] == [200] * 64
    assert setting.process.poll() is None


def test_answers_outlive_sigterm_if_the_hook_ends_before_them(setting: Setting) -> None:
    with ThreadPoolExecutor(64) as clients:
        answers = [clients.submit(ask, setting.port, 200) for _ in range(64)]
        time.sleep(1)
        stop_hook(setting, serving="1", endpoints="0")
        assert not all(answer.done() for answer in answers)
        setting.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        # The port by which the workers see that the leader still serves.
        socket.create_connection(("127.0.0.1", setting.port), timeout=5).close()
        assert not all(answer.done() for answer in answers)
        assert [answer.result(timeout=120) for answer in answers] == [200] * 64
    assert setting.process.wait(timeout=120) == 0
