"""Which client the benchmark Job starts in each vLLM release, and what its image has for it.

That these clients start without a GPU is what bin/test-bench-client shows with vLLM's own wheels.
"""

from __future__ import annotations

import itertools
import json
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import REPO
from r1c import facts, pipeline
from r1c.facts import bench_client, vllm

BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
MODULE = (
    "import argparse; from vllm.benchmarks.serve import add_cli_args, main; "
    "parser = argparse.ArgumentParser(); add_cli_args(parser); main(parser.parse_args())"
)
STARTS = {
    "script": ["python3", "benchmarks/benchmark_serving.py", "$@"],
    "module": ["python3", "-c", MODULE, "$@"],
    "command": ["vllm", "bench", "serve", "$@"],
}


def files(version: str) -> dict[str, str]:
    # v0.9.2 cannot build DeepSeek in pipeline stages (R1C218).
    text = BASE.replace("v0.7.3", version).replace(
        "tensor: 8\n    pipeline: 2", "tensor: 16\n    pipeline: 1"
    )
    checked = pipeline.analyse("base.yaml", text.encode())
    assert checked.plan, checked.diagnostics
    return {name: text.decode() for name, text in pipeline.build(checked.plan).items()}


def client(job: str) -> list[str]:
    """Return the words of the command that a Job's script defines as its client."""
    container = yaml.safe_load(job)["spec"]["template"]["spec"]["containers"][0]
    script = container["command"][2].replace("$$", "$")
    return shlex.split(script.split("client() {\n", 1)[1].split("\n}\n", 1)[0])


def test_the_kinds_and_their_first_and_last_releases() -> None:
    kinds = [
        (kind, releases[0], releases[-1])
        for kind, group in itertools.groupby(
            vllm.versions(), lambda release: bench_client.client(release).kind
        )
        for releases in [list(group)]
    ]
    assert kinds == [
        ("script", "v0.6.6.post1", "v0.9.0"),
        ("module", "v0.9.1", "v0.11.0"),
        ("command", "v0.11.1", "v0.33.0"),
    ]


@pytest.mark.parametrize("version", vllm.versions())
def test_every_release_starts_the_client_of_its_kind(version: str) -> None:
    made, kind = files(version), bench_client.client(version).kind
    assert client(made["benchmark/job.yaml"]) == STARTS[kind]
    needed = ("datasets==3.3.2", "pandas==2.2.3", "pyarrow==19.0.1")
    assert [package in made["image/Dockerfile"] for package in needed] == [kind == "script"] * 3


def test_the_committed_jobs_of_the_releases_whose_command_needs_a_gpu() -> None:
    found: dict[str, str] = {}
    for path in sorted((REPO / "out").glob("*/benchmark/job.yaml")):
        job = path.read_text(encoding="utf-8")
        container = yaml.safe_load(job)["spec"]["template"]["spec"]["containers"][0]
        (recorded,) = (entry["value"] for entry in container["env"] if entry["name"] == "METADATA")
        version = json.loads(recorded)["vllm"]
        kind = bench_client.client(version).kind
        assert client(job) == STARTS[kind], path
        if kind == "module":
            found[path.parts[-3]] = version
    assert found == {
        "deepseek-r1-a3ultra": "v0.11.0",
        "gpt-oss-120b-a3mega": "v0.10.2",
        "kimi-k2-a3ultra": "v0.11.0",
        "llama-3-1-405b-a3ultra": "v0.11.0",
        "llama-3-3-70b-a3mega": "v0.11.0",
        "llama-4-maverick-a3mega": "v0.11.0",
        "llama-4-scout-a3mega": "v0.11.0",
        "qwen3-235b-a3mega": "v0.11.0",
    }


@pytest.mark.parametrize("script", ["test-bench-client", "test-vllm"])
def test_a_script_outside_the_default_run_names_a_test_that_is_there(script: str) -> None:
    (path,) = re.findall(r"tests/\S+\.py", (REPO / "bin" / script).read_text(encoding="utf-8"))
    assert (REPO / path).is_file()


def test_each_entry_names_its_source() -> None:
    table: dict[str, Any] = facts.data("bench_client")
    entries = [*table["clients"].values(), table["resources"], table["duration"]]
    assert all(entry["source"] and entry["date"] for entry in entries)


def test_the_page_says_the_figures_that_the_job_has() -> None:
    page = " ".join((REPO / "docs" / "benchmark.md").read_text(encoding="utf-8").split())
    figures = bench_client.duration()
    for text in (
        f"{figures.overhead_seconds // 60} minutes for the pod",
        f"{figures.sequence_tokens_per_second} tokens per second for each request in flight",
        f"at most {figures.output_tokens_per_second} per second;",
        f"{figures.input_tokens_per_second:,} tokens per second;",
        f"requests {bench_client.resources()['cpu']} CPUs and 4 GiB",
    ):
        assert text in page
    assert bench_client.resources()["memory"] == "4Gi"


def test_a_wheel_is_run_without_what_is_built_for_cuda(tmp_path: Path) -> None:
    asked = [
        *("regex", "torch==2.8.0", "torchvision==0.23.0", "ray[cgraph]>=2.48.0", "xformers==0.0.32.post1; "),
        *(
            'numba==0.61.2; python_version > "3.9"',
            "nvidia-cudnn-frontend>=1.31.0",
            "flashinfer-python==0.7.2",
        ),
        *('pandas; extra == "bench"', "transformers>=4.55.2", "huggingface_hub[hf_xet]>=1"),
    ]
    header = "\n".join(["Metadata-Version: 2.4", *(f"Requires-Dist: {text}" for text in asked)])
    wheel = tmp_path / "vllm-0.11.0-cp38-abi3-manylinux1_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("vllm-0.11.0.dist-info/METADATA", f"{header}\n\nRequires-Dist: in-the-description\n")
    tool = REPO / "tools" / "client_requirements.py"
    printed = subprocess.run([sys.executable, tool, wheel], check=True, capture_output=True, text=True).stdout
    assert printed.splitlines() == [
        "regex",
        'numba==0.61.2; python_version > "3.9"',
        "transformers>=4.55.2",
        "huggingface_hub[hf_xet]>=1",
    ]
