"""The measured runs of tests/capacity/memory/points.csv, each as the plan that r1c makes of its settings."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from r1c import resolve, source
from r1c.capacity import Capacity, Stage, estimate
from r1c.facts import model_table
from r1c.profile import parse
from r1c.record import named_record, replace
from r1c.resolve.plan import Plan

TESTS = Path(__file__).resolve().parent.parent / "tests"
POINTS, MODELS = (TESTS / "capacity" / "memory" / name for name in ("points.csv", "models.yaml"))
_PLATFORMS = {"H100": "a3-mega", "H200": "a3-ultra"}
_INTEGERS = ("tensor", "pipeline", "stage", "max_model_len", "batched_tokens", "max_num_seqs")
_SIZES = ("weights", "non_torch", "activation", "graphs", "graphs_captured", "pool", "tokens", "sequences")
_ARGUMENTS = {
    "utilization": "gpu-memory-utilization",
    "max_model_len": "max-model-len",
    "batched_tokens": "max-num-batched-tokens",
    "max_num_seqs": "max-num-seqs",
    "dtype": "dtype",
    "quantization": "quantization",
    "kv_cache_dtype": "kv-cache-dtype",
    "eager": "enforce-eager",
}


@named_record
class Point:
    """One stage of a measured run: settings, and GiB of one GPU as vLLM logged them, None where it did not.

    `graphs` is vLLM's estimate before the cache is sized, `graphs_captured` what was captured in the end;
    `pool` is what was left for the KV cache, `tokens` and `sequences` what vLLM logged that it holds: on the
    stage that limits it.
    """

    gpu: str
    model: str
    vllm: str
    tensor: int
    pipeline: int
    stage: int
    utilization: float
    max_model_len: int
    batched_tokens: int
    max_num_seqs: int
    dtype: str
    quantization: str
    kv_cache_dtype: str
    eager: bool
    v1_runner: bool
    total: float
    weights: float | None
    non_torch: float | None
    activation: float | None
    graphs: float | None
    graphs_captured: float | None
    pool: float
    tokens: float | None
    sequences: float | None
    source: str

    @property
    def configuration(self) -> str:
        """What runs have in common whose memory is the same: the lengths and the type of the cache vary."""
        settings = (self.utilization, self.batched_tokens, self.max_num_seqs, self.dtype, self.quantization)
        layout = (self.tensor, self.pipeline, self.eager, self.v1_runner)
        return " ".join(map(str, (self.gpu, self.model, self.vllm, *layout, *settings)))


@cache
def points() -> tuple[Point, ...]:
    """Return every point of points.csv, in its order."""
    with POINTS.open(encoding="utf-8", newline="") as file:
        return tuple(map(_point, csv.DictReader(file)))


def _point(row: dict[str, str]) -> Point:
    values: dict[str, Any] = dict(row)
    values |= {name: int(row[name]) for name in _INTEGERS}
    values |= {name: float(row[name]) if row[name] else None for name in _SIZES}
    values |= {name: row[name] == "true" for name in ("eager", "v1_runner")}
    values |= {name: float(row[name]) for name in ("utilization", "total")}
    return Point(**values)


@cache
def models() -> Any:
    """Return models.yaml."""
    return yaml.safe_load(MODELS.read_text(encoding="utf-8"))


def used() -> tuple[Point, ...]:
    """Return the points of which a shape is known."""
    return tuple(point for point in points() if point.model not in models()["leftOut"])


@cache
def plan(point: Point) -> Plan:
    """Return the plan of a point's settings, on GPUs of the memory that its CUDA reported."""
    profile = yaml.safe_load((TESTS / "base.yaml").read_text(encoding="utf-8"))
    arguments = {flag: getattr(point, name) for name, flag in _ARGUMENTS.items() if getattr(point, name)}
    profile["spec"] |= {
        "platform": _PLATFORMS[point.gpu],
        "model": _model(point.model),
        "vllm": {
            "version": point.vllm,
            "args": arguments,
            "env": {"VLLM_USE_V2_MODEL_RUNNER": "0"} if point.v1_runner else {},
        },
        "parallelism": {"tensor": point.tensor, "pipeline": point.pipeline},
        "nodes": None,
    }
    document = source.read("run.yaml", yaml.safe_dump(profile).encode())
    parsed = parse.parse(document)
    resolved = resolve.resolve(parsed.recipe, document.data, parsed.doubtful)
    if findings := (*document.findings, *parsed.findings, *resolved.findings):
        raise ValueError(f"{point.model}: {findings[0][1].message}")
    result = resolved.plan
    return replace(result, platform=replace(result.platform, gpu_memory_gib=point.total))


def _model(name: str) -> dict[str, Any]:
    own = dict(models()["models"][name])
    like = own.pop("like", None)
    if like and not own:
        return {"id": like}
    known = model_table.entry(like)["config"] if like else {}
    return {"id": name if "/" in name else f"measured/{name}", "config": known | own}


@cache
def capacity(point: Point) -> Capacity:
    """Return r1c's estimate for a point."""
    found = estimate(plan(point))
    if found is None:
        raise ValueError(f"{point.model}: r1c cannot size it")
    return found


def stage(point: Point) -> Stage:
    """Return the estimate of the stage that was measured."""
    return capacity(point).stages[point.stage]
