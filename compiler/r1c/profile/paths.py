"""The paths of fields that several modules name."""

from __future__ import annotations

from r1c.diagnostics import Path

NAME: Path = ("metadata", "name")
MODEL_ID: Path = ("spec", "model", "id")
MODEL_SOURCE: Path = ("spec", "model", "source")
REVISION: Path = ("spec", "model", "revision")
VERSION: Path = ("spec", "vllm", "version")
ARGS: Path = ("spec", "vllm", "args")
ENV: Path = ("spec", "vllm", "env")
NCCL: Path = ("spec", "network", "nccl")
TENSOR: Path = ("spec", "parallelism", "tensor")
PIPELINE: Path = ("spec", "parallelism", "pipeline")
CLUSTER: Path = ("spec", "cluster")
HUGGINGFACE: Path = ("spec", "huggingface")
SCHEDULING: Path = ("spec", "scheduling")
BENCHMARK: Path = ("spec", "benchmark")
BUILD: Path = ("spec", "build")

OPTIONAL = ("monitoring", "disruption", "rollout", "protection", "scaling", "gateway", "provisioning")
"""The optional blocks of spec, which a plan has under the same names."""
