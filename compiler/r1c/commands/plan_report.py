"""A Plan -> its ranks, layers, weights, KV cache and cost drivers, as text or as JSON."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from r1c import facts
from r1c.capacity import Capacity, Stage, decode_limit, estimate, unsized
from r1c.capacity.ranges import Range, gib_range
from r1c.capacity.settings import WHOLE
from r1c.commands import forecast_report
from r1c.commands.entries import WIDTH, row
from r1c.diagnostics.columns import aligned
from r1c.diagnostics.suggest import counted
from r1c.facts import vllm_releases
from r1c.forecast import Forecast, cost
from r1c.picture import memory, placement
from r1c.picture.placement import runs
from r1c.resolve.plan import Plan
from r1c.resolve.scaling import Scaling


def as_json(plan: Plan, forecasts: Sequence[Forecast], price: float | None) -> str:
    """Write the plan as one JSON document.

    Sizes are bytes of one GPU; nodes and gpus are those of one group. What cannot be computed is null, and
    `skipped` says why. The total of nodes is a minimum.
    """
    group, capacity = plan.group, estimate(plan)
    model = plan.model.architecture
    document = {
        "name": plan.name,
        "model": plan.model.id,
        "vllm": plan.server.version,
        "platform": plan.platform.id,
        "nodes": group.nodes,
        "gpus": group.gpus,
        "groups": group.replicas,
        "total": {"nodes": plan.least_nodes, "gpus": group.gpus * group.replicas},
        **({"scaling": _scaling(plan, plan.scaling)} if plan.scaling else {}),
        "stack": _stack(plan),
        "parallelism": {
            "tensor": group.tensor,
            "pipeline": group.pipeline,
            "data": group.data,
            "context": group.context,
        },
        "stages": [_stage(stage) for stage in capacity.stages] if capacity else None,
        "weights_bytes_per_gpu_max": max(stage.weights.high for stage in capacity.stages)
        if capacity
        else None,
        "memory_budget": _budget(capacity) if capacity else None,
        "kv_cache": _cache(capacity) if capacity else None,
        "decode_limit": _decode(plan, capacity) if capacity else None,
        "forecast": forecast_report.as_data(plan, forecasts, price),
        "cost_per_hour": None if price is None else cost.by_hour(plan, price),
        "checkpoint_bytes": model.checkpoint_bytes if model else None,
        "download_seconds_per_node": _read_seconds(plan) if plan.weights.on_hub else None,
        "weights": _weights(plan),
        "skipped": unsized(plan),
    }
    return json.dumps(document, indent=2) + "\n"


def _scaling(plan: Plan, asked: Scaling) -> dict[str, Any]:
    """Return the fewest and the most groups of an autoscaler, with their GPUs and the minimum of nodes."""
    ends = (asked.least, asked.most)
    return {
        "groups": list(ends),
        "nodes": [plan.nodes_of(groups) for groups in ends],
        "gpus": [plan.group.gpus * groups for groups in ends],
    }


def _stack(plan: Plan) -> dict[str, Any] | None:
    """Return what the image of the vLLM release brings, and the oldest NVIDIA driver for it."""
    under = vllm_releases.stack(plan.server.version)
    if under is None:
        return None
    return {
        "torch": under.torch,
        "cuda": under.cuda,
        "nccl": under.nccl,
        "driver_at_least": facts.limits().drivers.get(under.cuda.partition(".")[0]),
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "stage": stage.number,
        "ranks": list(stage.ranks),
        "nodes": list(stage.nodes),
        "layers": len(stage.layers),
        "weights_bytes_per_gpu": stage.weights.high,
        "kv_bytes_per_token_per_gpu": stage.cache.token_bytes,
    }


def _budget(capacity: Capacity) -> dict[str, Any]:
    """Return the budget of a GPU of the stage that limits the KV cache."""
    settings, stage = capacity.settings, capacity.stage
    return {
        "stage": stage.number,
        "gpu_bytes": capacity.total,
        "utilization": settings.utilization / WHOLE,
        "granted_bytes": capacity.granted,
        "weights_bytes": _pair(stage.weights),
        "non_torch_bytes": _pair(capacity.non_torch),
        "activation_bytes": _pair(stage.activation),
        "cuda_graphs_bytes": _pair(capacity.graphs),
        "cuda_graphs_inside": settings.graphs_inside,
        "kv_cache_bytes": _pair(stage.pool),
        "beside_grant_bytes": _pair(capacity.beside),
        "unmeasured": list(capacity.unmeasured),
    }


def _pair(range_: Range) -> dict[str, int]:
    return {"low": range_.low, "high": range_.high}


def _cache(capacity: Capacity) -> dict[str, Any]:
    return {
        "tokens_low": capacity.tokens.low,
        "tokens_high": capacity.tokens.high,
        "sequence_tokens": capacity.length,
        "sequences_low": capacity.at_once[0],
        "sequences_high": capacity.at_once[1],
        "longest_low": capacity.accepted.low,
        "longest_high": capacity.accepted.high,
        "limited_by_stage": capacity.stage.number,
    }


def _decode(plan: Plan, capacity: Capacity) -> dict[str, int] | None:
    limit = decode_limit(plan, capacity)
    if limit is None:
        return None
    return {
        "tokens_per_second_alone": limit.alone,
        "sequences": limit.sequences,
        "context_tokens": limit.context,
        "tokens_per_second": limit.together,
    }


def _weights(plan: Plan) -> dict[str, Any]:
    """Return where each node reads the weights and how long that takes, and the time of a prefetch Job."""
    at = plan.weights
    return {
        "source": at.type,
        "address": at.address,
        "read_bytes_per_second": at.bytes_per_second,
        "read_seconds_per_node": _read_seconds(plan),
        "prefetch_seconds": _seconds(plan, _from_hub()) if at.prefetch else None,
    }


def _read_seconds(plan: Plan) -> int | None:
    return _seconds(plan, plan.weights.bytes_per_second)


def _seconds(plan: Plan, rate: int) -> int | None:
    size = plan.model.architecture.checkpoint_bytes if plan.model.architecture else None
    return None if size is None else math.ceil(size / rate)


def _from_hub() -> int:
    return facts.defaults().startup.download_bytes_per_second


def as_text(plan: Plan) -> str:
    """Write the plan as a table of at most 100 columns."""
    capacity = estimate(plan)
    lines = [f"{plan.name}: {plan.model.id} with vLLM {plan.server.version}", "", *_shape(plan)]
    if capacity is None:
        lines += ["", *textwrap.wrap(f"No memory figures: {unsized(plan)}.", WIDTH), *_download(plan)]
    else:
        lines += [
            "",
            *_stages(capacity),
            "",
            *_memory(capacity),
            "",
            *_served(plan, capacity),
            *_download(plan),
            "",
            *(line for text in memory.remarks(capacity) for line in textwrap.wrap(text, WIDTH)),
        ]
    return "\n".join(lines) + "\n"


def _shape(plan: Plan) -> Iterator[str]:
    yield row("Group", placement.shape(plan))
    yield row("GPU", plan.platform.gpu_model)
    stack = _stack(plan)
    if stack:
        libraries = f"torch {stack['torch']}, CUDA {stack['cuda']}, NCCL {stack['nccl']}"
        yield row("Stack", f"{libraries}: NVIDIA driver {stack['driver_at_least']} or newer on the nodes")
    yield row("Total", placement.groups(plan))


def _stages(capacity: Capacity) -> Iterator[str]:
    rows = [
        ("Stage", "Ranks", "Nodes", "Layers", "Weights per GPU", "KV cache per token", "Left for KV cache")
    ]
    rows += [
        (
            str(stage.number),
            runs(stage.ranks),
            runs(stage.nodes),
            str(len(stage.layers)),
            gib_range(stage.weights),
            f"{stage.cache.token_bytes:,} bytes",
            gib_range(stage.pool),
        )
        for stage in capacity.stages
    ]
    yield from aligned(rows)


def _memory(capacity: Capacity) -> Iterator[str]:
    settings, stage = capacity.settings, capacity.stage
    which = f" of stage {stage.number}, which limits the KV cache" if len(capacity.stages) > 1 else ""
    yield f"Memory of a GPU{which}"
    yield _line("reported by CUDA", gib_range(Range(capacity.total, capacity.total)))
    if settings.pool is None:
        share = f"gpu-memory-utilization {settings.utilization / WHOLE:g}"
        yield _line(f"granted to vLLM ({share})", gib_range(Range(capacity.granted, capacity.granted)))
    yield _line("- weights", gib_range(stage.weights))
    yield _line("- NCCL and CUDA", gib_range(capacity.non_torch))
    yield _line(f"- activations ({settings.batched_tokens:,} tokens in a batch)", gib_range(stage.activation))
    graphs = gib_range(capacity.graphs) if capacity.graphs.high else "none (enforce-eager)"
    if settings.graphs_inside:
        yield _line("- CUDA graphs", graphs)
    yield _line("= KV cache", gib_range(stage.pool))
    if settings.pool is None:
        left = capacity.total - capacity.granted
        yield _line("not granted to vLLM", gib_range(Range(left, left)))
    if not settings.graphs_inside:
        yield _line("- CUDA graphs", graphs)
    if capacity.beside.high:
        yield _line("- CUDA and NCCL before the snapshot, kernels", gib_range(capacity.beside))


def _served(plan: Plan, capacity: Capacity) -> Iterator[str]:
    each = " in each data parallel copy" if plan.group.data > 1 else ""
    low, high = capacity.at_once
    yield row("KV cache", f"{capacity.tokens} tokens{each}")
    most = f"max-num-seqs {capacity.settings.max_num_seqs}"
    yield row("Sequences", f"{low:.1f} to {high:.1f} of {capacity.length:,} tokens at the same time ({most})")
    if capacity.accepted != capacity.longest:
        longest = f"{capacity.accepted} tokens: this release counts all layers against one stage"
        yield row("max-model-len", longest)
    limit = decode_limit(plan, capacity)
    if limit:
        yield row("Decode limit", f"{limit.alone:,} tokens/s for one sequence{each}")
        yield row(
            "",
            f"{limit.together:,} tokens/s for {limit.sequences} sequences of {limit.context:,} tokens{each}",
        )
        yield row("", "(memory bandwidth / bytes that a step must read: a limit, not a forecast)")


def _download(plan: Plan) -> Iterator[str]:
    at, model, seconds = plan.weights, plan.model.architecture, _read_seconds(plan)
    if not at.on_hub:
        how = {"pvc": "mounted read-only", "gcs": "streamed" if at.streamed else "mounted, cached on the SSD"}
        yield row("Weights", f"{at.address}, {how[at.type]}")
    if model is None or model.checkpoint_bytes is None or seconds is None:
        yield row("Checkpoint", "unknown size")
        return
    size = f"{model.checkpoint_bytes / 10**9:,.1f} GB"
    what = "to each node" if at.on_hub else "read by each node"
    yield row("Checkpoint", f"{size} {what}, {_time(seconds, at.bytes_per_second)}")
    if at.prefetch:
        once = _time(_seconds(plan, _from_hub()) or 0, _from_hub())
        yield row("Prefetch", f"{size} from Hugging Face once, {once}")


def _time(seconds: int, rate: int) -> str:
    return f"{counted(math.ceil(seconds / 60), 'minute')} at {rate // 10**6:,} MB/s"


def _line(name: str, text: str) -> str:
    return f"  {name:<48} {text}"
