"""A command -> the vLLM server that it starts, with each flag's full name, value and place."""

from __future__ import annotations

from typing import Any

import pytest

from r1c.adopt.server import Server, servers
from r1c.shell.run import run_text
from r1c.shell.script import Text


def read(text: str, version: str | None = "v0.11.0") -> Server:
    (one,) = servers(run_text(Text(text), {}), version)
    return one


def flags(server: Server) -> dict[str, Any]:
    return {flag.name: flag.value for flag in server.flags}


@pytest.mark.parametrize(
    ("text", "model", "expected"),
    [
        ("vllm serve a/b --max_model_len 1", "a/b", {"max-model-len": "1"}),
        ("vllm serve --trust-remote-code a/b", "a/b", {"trust-remote-code": True}),
        (
            "vllm serve a -tp 8 -pp=2 -dp 4 -q fp8",
            "a",
            {
                "tensor-parallel-size": "8",
                "pipeline-parallel-size": "2",
                "data-parallel-size": "4",
                "quantization": "fp8",
            },
        ),
        ("vllm serve a -O3", "a", {"compilation-config": '{"level": 3}'}),
        ("vllm serve a -O.level=3", "a", {"compilation-config.level": "3"}),
        (
            "vllm serve a --speculative-config.method mtp --no-enable-prefix-caching",
            "a",
            {"speculative-config.method": "mtp", "no-enable-prefix-caching": True},
        ),
        ("python3 -m vllm.entrypoints.openai.api_server --model a", "a", {"model": "a"}),
        ("python -u -X dev -m vllm.entrypoints.cli.main serve a", "a", {}),
        ("torchrun --nproc-per-node 8 -m vllm.entrypoints.openai.api_server --model a", "a", {"model": "a"}),
        (
            "/opt/venv/bin/vllm serve a --middleware x y --port -1",
            "a",
            {"middleware": "x y", "port": "-1"},
        ),
        ("python3 /app/vllm/entrypoints/openai/api_server.py --model a", "a", {"model": "a"}),
    ],
)
def test_servers(text: str, model: str, expected: dict[str, Any]) -> None:
    server = read(text)
    assert server.model
    assert server.model.text == model
    assert flags(server) == expected


def test_a_level_is_a_flag_of_its_own_since_0_12() -> None:
    assert flags(read("vllm serve a -O2", "v0.13.0")) == {"optimization-level": "2"}


def test_what_is_not_known_and_what_is_too_much_is_said() -> None:
    server = read("vllm serve a --host $(hostname -i) b")
    (host,) = server.flags
    assert (host.unknown, host.written) == (("$(hostname -i)",), "--host $(hostname -i)")
    assert (host.place.start, host.place.end) == (13, 34)
    assert [word.text for word in server.extra] == ["b"]


@pytest.mark.parametrize(
    "text", ["vllm bench serve", "python3 -m pytest", "echo vllm serve a", "sleep 1", "python -c x"]
)
def test_other_commands_start_no_server(text: str) -> None:
    assert servers(run_text(Text(text), {}), None) == ()
