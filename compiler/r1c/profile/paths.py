"""The paths of fields that several modules name."""

from __future__ import annotations

from r1c.diagnostics import Path

NAME: Path = ("metadata", "name")
MODEL_ID: Path = ("spec", "model", "id")
VERSION: Path = ("spec", "vllm", "version")
ARGS: Path = ("spec", "vllm", "args")
ENV: Path = ("spec", "vllm", "env")
TENSOR: Path = ("spec", "parallelism", "tensor")
PIPELINE: Path = ("spec", "parallelism", "pipeline")
