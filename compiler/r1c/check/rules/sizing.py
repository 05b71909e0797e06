"""A Plan -> the memory estimate, and the questions about it that several memory rules share."""

from __future__ import annotations

from r1c.capacity import Capacity, estimate
from r1c.capacity.settings import GIB, drops_prompts, number
from r1c.check.rules.tensor import fits
from r1c.diagnostics import Path, Related
from r1c.resolve.plan import Plan

SIZED = (
    "spec.platform",
    "spec.model",
    "spec.parallelism",
    "spec.nodes",
    "spec.vllm.version",
    "spec.vllm.env",
    *(
        f"spec.vllm.args.{name}"
        for name in (
            "block-size",
            "cpu-offload-gb",
            "data-parallel-size",
            "decode-context-parallel-size",
            "dtype",
            "enable-chunked-prefill",
            "enable-expert-parallel",
            "enforce-eager",
            "gpu-memory-utilization",
            "kv-cache-dtype",
            "kv-cache-memory-bytes",
            "max-model-len",
            "max-num-batched-tokens",
            "max-num-seqs",
            "prefill-context-parallel-size",
            "quantization",
        )
    ),
)
"""The profile's fields that the estimate depends on."""

ARGS: Path = ("spec", "vllm", "args")


def argument(plan: Plan, name: str) -> Path:
    """Return the path of an argument as the profile spells it, or of vllm.args."""
    written = plan.server.argument(name)
    return (*ARGS, written.name) if written else ARGS


def sized(plan: Plan) -> Capacity | None:
    """Return the estimate, or None if the parallelism itself is wrong, so one mistake is reported once."""
    if plan.group.ranks != plan.group.gpus or not fits(plan):
        return None
    return estimate(plan)


def weights_fit(capacity: Capacity) -> bool:
    """Tell whether, at best, there is room for at least one block of KV cache."""
    return capacity.tokens.high > 0


def drops(plan: Plan, capacity: Capacity) -> bool:
    """Tell whether this vLLM drops prompts longer than the batch though max-model-len allows them."""
    settings = capacity.settings
    if not settings.latent_cache or not drops_prompts(plan.server.release):
        return False
    return settings.chunking_chosen and settings.batched_tokens < settings.max_model_len


def too_long(plan: Plan) -> tuple[int, int] | None:
    """Return max-model-len and the model's positions if it is above them without rope scaling.

    Positions that are unverified in the facts are not used.
    """
    model, length = plan.model.architecture, number(plan.server.value("max-model-len"))
    if model is None or length is None or _is_stretched(plan):
        return None
    positions = model.max_position_embeddings
    doubtful = any("max_position_embeddings" in note for note in model.unverified)
    return None if doubtful or length <= positions else (length, positions)


def _is_stretched(plan: Plan) -> bool:
    return any(
        item.meant.split(".", 1)[0] in ("rope-scaling", "hf-overrides", "rope-theta")
        for item in plan.server.arguments
    )


def gpu_memory(plan: Plan) -> Related:
    """Return the fact behind a finding about memory."""
    platform = plan.platform
    return Related(
        f"{platform.gpu_model} has {platform.gpu_memory_gib} GiB", place=platform.cite("gpuMemoryGib")
    )


def gib(size: int) -> str:
    """Write bytes as GiB with one decimal."""
    return f"{(size * 10 + GIB // 2) // GIB / 10:.1f} GiB"
