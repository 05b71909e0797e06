"""Recipes of every kind that a picture must show: stages, copies, one GPU, many nodes, other networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plan_of import base, plan

REPO = Path(__file__).resolve().parents[1]
LLAMA = {"id": "meta-llama/Llama-3.3-70B-Instruct"}
QWEN = {"id": "Qwen/Qwen3-235B-A22B"}
R1 = {"id": "deepseek-ai/DeepSeek-R1"}


def vllm(**args: Any) -> dict[str, Any]:
    """Return a section vllm with these flags, in which _ stands for -."""
    written = {name.replace("_", "-"): value for name, value in args.items()}
    return {"version": "v0.26.0", "args": {"max-model-len": 16384, **written}}


def split(tensor: int, pipeline: int, nodes: int) -> dict[str, Any]:
    """Return the fields of a shape."""
    return {"parallelism": {"tensor": tensor, "pipeline": pipeline}, "nodes": nodes}


PLANS = {
    "two-nodes": plan((REPO / "profiles" / "a3mega.yaml").read_bytes()),
    "long-network-names": plan((REPO / "profiles" / "a3mega-gpunet.yaml").read_bytes()),
    "one-node": plan((REPO / "profiles" / "deepseek-r1-a3ultra.yaml").read_bytes()),
    "one-gpu-cache-of-its-own": base(
        platform="a4",
        model={"id": "openai/gpt-oss-120b"},
        vllm=vllm(kv_cache_memory_bytes="40G"),
        **split(1, 1, 1),
    ),
    "four-stages-on-one-node": base(model=LLAMA, vllm=vllm(), **split(2, 4, 1)),
    "four-stages-on-four-nodes": base(
        platform="a3-ultra", network={"naming": "gvnic-rdma"}, model=LLAMA, vllm=vllm(), **split(8, 4, 4)
    ),
    "sixteen-nodes": base(platform="a3-ultra", model=R1, vllm=vllm(), replicas=3, **split(8, 16, 16)),
    "forty-nodes": base(platform="a4", model=R1, vllm=vllm(), **split(8, 40, 40)),
    "data-parallel": base(
        platform="a3-ultra",
        model=QWEN,
        vllm=vllm(data_parallel_size=4, enable_expert_parallel=True),
        **split(4, 1, 2),
    ),
    "data-parallel-with-stages": base(
        platform="a3-ultra", model=QWEN, vllm=vllm(data_parallel_size=2), **split(4, 2, 2)
    ),
    "host-network": base(network={"mode": "host"}),
    "scaled-groups": base(monitoring={}, scaling={"adapter": "keda", "minReplicas": 2, "maxReplicas": 5}),
    "claimed-nics": base(platform="a3-ultra", network={"mode": "dranet"}),
    "markup-in-a-name": base(model={"id": "my-org/</text><script>alert(1)</script>&amp;|`x`\"'"}),
}
