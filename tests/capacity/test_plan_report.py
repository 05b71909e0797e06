"""What `r1c plan` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c import resolve, source
from r1c.commands import plan_report
from r1c.profile import parse
from r1c.resolve.plan import Plan

REPO = Path(__file__).resolve().parents[2]
A3MEGA = """\
deepseek-r1-a3mega: deepseek-ai/DeepSeek-R1 with vLLM v0.7.3

Group         2 a3-mega nodes, 16 GPUs: tensor 8 x pipeline 2
GPU           NVIDIA H100 80GB HBM3 (SXM)
Stack         torch 2.5.1, CUDA 12.4, NCCL 2.21.5: NVIDIA driver 525 or newer on the nodes
Total         1 group: 16 GPUs on 2 nodes

Stage  Ranks  Nodes  Layers  Weights per GPU  KV cache per token  Left for KV cache
0      0-7    0      30      39.4 GiB         34,560 bytes        12.6 to 21.0 GiB
1      8-15   1      31      44.4 GiB         35,712 bytes        7.4 to 16.0 GiB

Memory of a GPU of stage 1, which limits the KV cache
  reported by CUDA                                 79.1 GiB
  granted to vLLM (gpu-memory-utilization 0.85)    67.2 GiB
  - weights                                        44.4 GiB
  - NCCL and CUDA                                  1.3 to 4.0 GiB
  - activations (32,768 tokens in a batch)         5.6 to 11.4 GiB
  = KV cache                                       7.4 to 16.0 GiB
  not granted to vLLM                              11.9 GiB
  - CUDA graphs                                    0.7 to 3.0 GiB

KV cache      223,232 to 480,128 tokens
Sequences     6.8 to 14.7 of 32,768 tokens at the same time (max-num-seqs 128)
Decode limit  323 tokens/s for one sequence
              8,330 tokens/s for 128 sequences of 1,500 tokens
              (memory bandwidth / bytes that a step must read: a limit, not a forecast)
Checkpoint    688.6 GB to each node, 29 minutes at 400 MB/s

A range is the minimum and the maximum to expect; only a run shows the real figure.
No measured run has the V0 engine, 2 nodes or 8 tensor ranks (measured: up to 4): that makes the
ranges wider.
"""


def plan(raw: bytes) -> Plan:
    document = source.read("profile.yaml", raw)
    parsed = parse.parse(document)
    return resolve.resolve(parsed.recipe, document.data, parsed.doubtful).plan


def base(**spec: Any) -> Plan:
    document = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    return plan(yaml.safe_dump(document | {"spec": document["spec"] | spec}).encode())


@pytest.fixture
def a3mega() -> Plan:
    return plan((REPO / "profiles" / "a3mega.yaml").read_bytes())


def test_text(a3mega: Plan) -> None:
    assert plan_report.as_text(a3mega) == A3MEGA


def test_text_fits_a_terminal(a3mega: Plan) -> None:
    wide = base(model={"id": "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8"}, parallelism={"tensor": 16})
    for one in (a3mega, wide, base(model={"id": "my-org/my-model"})):
        assert all(len(line) <= 100 for line in plan_report.as_text(one).splitlines())


def test_json_has_the_range_of_an_autoscaler() -> None:
    scaled = base(replicas=2, monitoring={}, scaling={"adapter": "keda", "maxReplicas": 5})
    assert json.loads(plan_report.as_json(scaled, (), None))["scaling"] == {
        "groups": [2, 5],
        "nodes": [4, 10],
        "gpus": [32, 80],
    }
    assert "scaling" not in json.loads(plan_report.as_json(base(), (), None))


def test_json(a3mega: Plan) -> None:
    document = json.loads(plan_report.as_json(a3mega, [], None))
    assert document["stages"] == [
        {
            "stage": 0,
            "ranks": [0, 1, 2, 3, 4, 5, 6, 7],
            "nodes": [0],
            "layers": 30,
            "weights_bytes_per_gpu": 42275043520,
            "kv_bytes_per_token_per_gpu": 34560,
        },
        {
            "stage": 1,
            "ranks": [8, 9, 10, 11, 12, 13, 14, 15],
            "nodes": [1],
            "layers": 31,
            "weights_bytes_per_gpu": 47681085280,
            "kv_bytes_per_token_per_gpu": 35712,
        },
    ]
    assert document["weights_bytes_per_gpu_max"] == document["stages"][1]["weights_bytes_per_gpu"]
    assert document["kv_cache"] == {
        "tokens_low": 223232,
        "tokens_high": 480128,
        "sequence_tokens": 32768,
        "sequences_low": 6.8,
        "sequences_high": 14.7,
        "longest_low": 223232,
        "longest_high": 480128,
        "limited_by_stage": 1,
    }
    names = ("name", "nodes", "gpus", "groups", "checkpoint_bytes", "skipped")
    assert {name: document[name] for name in names} == {
        "name": "deepseek-r1-a3mega",
        "nodes": 2,
        "gpus": 16,
        "groups": 1,
        "checkpoint_bytes": 688586727753,
        "skipped": None,
    }


def test_budget_adds_up(a3mega: Plan) -> None:
    budget = json.loads(plan_report.as_json(a3mega, [], None))["memory_budget"]
    parts = ("weights_bytes", "non_torch_bytes", "activation_bytes")
    for end, other in (("low", "high"), ("high", "low")):
        taken = sum(budget[part][other] for part in parts)
        assert budget["kv_cache_bytes"][end] == budget["granted_bytes"] - taken


def test_unknown_model_says_what_is_skipped() -> None:
    unknown = base(model={"id": "my-org/my-model"}, replicas=2)
    assert plan_report.as_text(unknown) == (
        "base: my-org/my-model with vLLM v0.7.3\n"
        "\n"
        "Group         2 a3-mega nodes, 16 GPUs: tensor 8 x pipeline 2\n"
        "GPU           NVIDIA H100 80GB HBM3 (SXM)\n"
        "Stack         torch 2.5.1, CUDA 12.4, NCCL 2.21.5: NVIDIA driver 525 or newer on the nodes\n"
        "Total         2 groups: 32 GPUs on 4 nodes\n"
        "\n"
        "No memory figures: r1c does not know the architecture of my-org/my-model.\n"
        "Checkpoint    unknown size\n"
    )
    document = json.loads(plan_report.as_json(unknown, [], None))
    assert (document["stages"], document["kv_cache"], document["weights_bytes_per_gpu_max"]) == (None,) * 3
    assert document["skipped"] == "r1c does not know the architecture of my-org/my-model"


def test_a_release_that_accepts_less_says_so() -> None:
    args = {"max-model-len": 32768, "max-num-batched-tokens": 2048}
    text = plan_report.as_text(base(vllm={"version": "v0.15.0", "args": args}))
    line = next(line for line in text.splitlines() if line.startswith("max-model-len"))
    assert line.endswith("tokens: this release counts all layers against one stage")


def test_the_stack_is_the_one_of_the_image() -> None:
    """v0.33.0 asks for torch 2.14.0, which brings NCCL 2.30.7; its Dockerfile puts another in its place."""
    newest = base(vllm={"version": "v0.33.0"})
    assert rows(newest)["Stack"] == (
        "torch 2.14.0, CUDA 13.0, NCCL 2.31.2: NVIDIA driver 580 or newer on the nodes"
    )
    assert json.loads(plan_report.as_json(newest, (), None))["stack"] == {
        "torch": "2.14.0",
        "cuda": "13.0",
        "nccl": "2.31.2",
        "driver_at_least": 580,
    }


def rows(plan: Plan) -> dict[str, str]:
    """Return the rows of a plan by their names."""
    lines = plan_report.as_text(plan).splitlines()
    return {name: text.strip() for name, _, text in (line.partition("  ") for line in lines)}


def halves(**spec: Any) -> Plan:
    """Two groups of half a node each."""
    model = {"id": "meta-llama/Llama-3.3-70B-Instruct"}
    return base(model=model, parallelism={"tensor": 4}, nodes=1, replicas=2, **spec)


def test_groups_of_half_a_node_share_one() -> None:
    assert rows(halves())["Total"] == "2 groups: 8 GPUs on at least 1 node"
    assert json.loads(plan_report.as_json(halves(), [], None))["total"] == {"nodes": 1, "gpus": 8}


@pytest.mark.parametrize(
    "apart",
    [
        {"network": {"mode": "host"}},
        {"scheduling": {"exclusiveTopology": "kubernetes.io/hostname"}},
    ],
    ids=["ports of the node", "exclusive topology"],
)
def test_groups_of_half_a_node_that_are_kept_apart(apart: dict[str, Any]) -> None:
    assert rows(halves(**apart))["Total"] == "2 groups: 8 GPUs on 2 nodes"


def test_one_minute_is_no_minutes() -> None:
    small = base(model={"id": "Qwen/Qwen3-8B"}, parallelism={"tensor": 1}, nodes=1)
    assert rows(small)["Checkpoint"] == "16.4 GB to each node, 1 minute at 400 MB/s"


@pytest.mark.parametrize(
    ("source_of", "rows"),
    [
        (
            {"type": "gcs", "path": "models/r1"},
            [
                "Weights       gs://my-bucket/models/r1, mounted, cached on the SSD",
                "Checkpoint    688.6 GB read by each node, 29 minutes at 400 MB/s",
            ],
        ),
        (
            {"type": "gcs", "path": "models/r1", "load": "stream", "prefetch": {}},
            [
                "Weights       gs://my-bucket/models/r1, streamed",
                "Checkpoint    688.6 GB read by each node, 12 minutes at 1,000 MB/s",
                "Prefetch      688.6 GB from Hugging Face once, 29 minutes at 400 MB/s",
            ],
        ),
        (
            {"type": "pvc", "claim": "r1", "mbPerSecond": 1200},
            [
                "Weights       pvc://r1, mounted read-only",
                "Checkpoint    688.6 GB read by each node, 10 minutes at 1,200 MB/s",
            ],
        ),
        ({"mbPerSecond": 100}, ["Checkpoint    688.6 GB to each node, 115 minutes at 100 MB/s"]),
    ],
)
def test_the_rows_of_the_weights(source_of: dict[str, Any], rows: list[str]) -> None:
    made = base(model={"id": "deepseek-ai/DeepSeek-R1", "source": source_of})
    text = plan_report.as_text(made)
    assert (
        "\n".join(["(memory bandwidth / bytes that a step must read: a limit, not a forecast)", *rows, ""])
        in text
    )
    document = json.loads(plan_report.as_json(made, (), None))
    assert document["weights"]["address"] == made.weights.address
    assert document["weights"]["read_seconds_per_node"] == -(-688586727753 // made.weights.bytes_per_second)
    assert (document["download_seconds_per_node"] is None) == (source_of.get("type") is not None)
    # Twice the time to read and 15 minutes, in steps of ten minutes.
    assert made.startup_seconds == -(-2 * (688586727753 / made.weights.bytes_per_second + 900) // 600) * 600
