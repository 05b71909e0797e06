"""The folder that a benchmark Job leaves for a point, made for a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULT: dict[str, Any] = {
    "model_id": "m",
    "num_prompts": 100,
    "request_rate": "inf",
    "max_concurrency": 16,
    "duration": 50.0,
    "completed": 100,
    "total_input_tokens": 100000,
    "request_throughput": 2.0,
    "output_throughput": 256.0,
    "total_token_throughput": 2256.0,
    "p99_ttft_ms": 400.0,
}


def write(folder: Path, figures: dict[str, Any] | None = None, **metadata: Any) -> Path:
    """Write the three files of one try of a point; None for no result."""
    data = {
        "job": "uid",
        "index": 0,
        "status": "complete",
        "point": {"name": "busy", "dataset": "random", "inputLen": 1000, "outputLen": 128, "prompts": 100},
        "image": "r/vllm:v0.10.2",
        "serverArgs": ["m", "--max-model-len=32768", "--trust-remote-code"],
        "serverVersion": "0.10.2",
        "replicas": 1,
        "started": "2026-01-05T10:15:00Z",
        "prefixCache": {"queries": 100000.0, "hits": 1000.0},
        "reason": "",
    }
    folder.mkdir(parents=True)
    (folder / "metadata.json").write_text(json.dumps(data | metadata), encoding="utf-8")
    (folder / "output.txt").write_text("no block\n", encoding="utf-8")
    if figures is not None:
        (folder / "result.json").write_text(json.dumps(RESULT | figures), encoding="utf-8")
    return folder
