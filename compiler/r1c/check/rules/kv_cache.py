"""R1C302, R1C303, R1C305 and R1C306: the longest sequence, against the KV cache and the model."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from r1c import facts
from r1c.capacity import Capacity
from r1c.capacity.ranges import gib
from r1c.check.memory_estimate import (
    SIZED,
    drops,
    gpu_memory,
    overridden_length,
    scaled_length,
    sized,
    too_long,
    weights_fit,
)
from r1c.check.memory_remedies import changes, fewer_sequences
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Related, Severity
from r1c.facts import vllm
from r1c.profile.paths import ARGS
from r1c.resolve.plan import Plan


def _wanted(plan: Plan, capacity: Capacity) -> tuple[Path, str] | None:
    """Return the path of the length and its words, or None if vLLM chooses what fits."""
    settings = capacity.settings
    if settings.length_from == "auto":
        return None
    if settings.length_from == "profile":
        return plan.server.path("max-model-len"), f"max-model-len {settings.max_model_len}"
    return ARGS, f"max-model-len is not set, and the {settings.max_model_len:,} tokens of {plan.model.id}"


def _room(capacity: Capacity) -> str:
    stage = capacity.stage
    place = f"stage {stage.number} has " if len(capacity.stages) > 1 else ""
    return f"{place}{gib(stage.pool.high)} on each GPU at {stage.cache.token_bytes:,} bytes per token"


@rule(
    code="R1C302",
    slug="sequence-exceeds-kv-cache",
    severity=Severity.ERROR,
    title="max-model-len does not fit into the KV cache",
    why="vLLM loads the weights and then refuses to start if a sequence of max-model-len tokens does not "
    "fit into the KV cache (vllm-project/vllm#2418, #10517; evidence.md, MEM002).",
    example="spec:\n  vllm:\n    args:\n      max-model-len: 163840\n      gpu-memory-utilization: 0.65\n"
    "      max-num-batched-tokens: 16384\n",
    fix="Lower max-model-len to what fits, or give the group more memory.",
    fields=SIZED,
)
def sequence_exceeds_kv_cache(plan: Plan) -> Iterator[Finding]:
    """Check max-model-len against the most tokens that the cache can hold."""
    capacity = sized(plan)
    if capacity is None or not weights_fit(capacity) or too_long(plan):
        return
    wanted, length = _wanted(plan, capacity), capacity.settings.max_model_len
    if wanted is None or length <= capacity.longest.high:
        return
    yield Finding(
        wanted[0],
        f"{wanted[1]} cannot fit into the KV cache: there is room for at most {capacity.longest.high:,} "
        f"tokens ({_room(capacity)})",
        ", or ".join((f"write max-model-len: {_safe(capacity)}", *islice(changes(plan, length), 2))),
        on_key=wanted[0] == ARGS,
        related=(gpu_memory(plan),),
    )


def _safe(capacity: Capacity) -> str:
    """Write the length to use: by the cautious estimate, or by the optimistic one if that leaves nothing."""
    low, high = capacity.accepted.low, capacity.accepted.high
    return f"{low}, which fits by the cautious estimate" if low else f"{high} or less"


@rule(
    code="R1C303",
    slug="length-exceeds-positions",
    severity=Severity.ERROR,
    title="max-model-len exceeds the limit of the model",
    why="vLLM refuses it. If you force it, the model reads outside its table of positions: wrong answers or "
    "illegal memory access (vllm-project/vllm#3676, #7080; evidence.md, MEM004).",
    example="spec:\n  vllm:\n    args:\n      max-model-len: 200000\n",
    fix="Lower max-model-len, or set a rope scaling that extends the limit of the model.",
    fields=("spec.model", "spec.vllm"),
)
def length_exceeds_positions(plan: Plan) -> Iterator[Finding]:
    """Check max-model-len against the model's positions, unless rope or overrides change them."""
    found, model = too_long(plan), plan.model.architecture
    if found is None or model is None:
        return
    length, positions = found
    scaled = scaled_length(plan) is not None
    overridden = overridden_length(plan) == positions != model.max_position_embeddings
    if not scaled:
        longer = "give the model a rope scaling in hf-overrides"
    elif positions == model.max_position_embeddings:  # the release leaves the factor out
        longer = f"add max_position_embeddings: {length} to hf-overrides"
    else:
        longer = "raise the factor of the rope scaling"
    yield Finding(
        plan.server.path("max-model-len"),
        f"max-model-len {length} is more than the {positions:,} tokens that {plan.model.id} allows"
        + (" with this rope scaling" if scaled else " with these hf-overrides" if overridden else ""),
        f"write max-model-len: {positions} or less, or {longer}",
        related=(
            Related(f"{plan.model.id} has {model.max_position_embeddings:,} positions", place=model.place),
        ),
    )


@rule(
    code="R1C305",
    slug="kv-cache-may-be-too-small",
    severity=Severity.WARNING,
    title="max-model-len may not fit into the KV cache",
    why="The memory of activations, NCCL and CUDA is known only as a range. At its upper end a sequence of "
    "max-model-len tokens does not fit, and vLLM refuses to start (vllm-project/vllm#10517, "
    "QwenLM/Qwen3#295; evidence.md, MEM002, MEM005).",
    example="spec:\n  vllm:\n    args:\n      gpu-memory-utilization: 0.72\n",
    fix="Lower max-model-len, max-num-seqs or max-num-batched-tokens, or accept the warning if the server "
    "starts on your nodes.",
    fields=SIZED,
)
def kv_cache_may_be_too_small(plan: Plan) -> Iterator[Finding]:
    """Check max-model-len, or the model's own length, against the fewest tokens that the cache may hold."""
    capacity = sized(plan)
    if capacity is None or too_long(plan):
        return
    wanted, length = _wanted(plan, capacity), capacity.settings.max_model_len
    if wanted is None or not capacity.accepted.low < length <= capacity.accepted.high:
        return
    if capacity.settings.length_from == "model" and drops(plan, capacity):
        return
    low, high = capacity.accepted.low, capacity.accepted.high
    yield Finding(
        wanted[0],
        f"{wanted[1]} may not fit: the KV cache has room for a sequence of {low:,} to {high:,} tokens",
        _way_out(plan, capacity),
        on_key=wanted[0] == ARGS,
        related=(gpu_memory(plan),),
    )


def _way_out(plan: Plan, capacity: Capacity) -> str:
    low, settings = capacity.accepted.low, capacity.settings
    measured = "or measure it and accept this in r1c.dev/allow"
    fewer = fewer_sequences(plan, settings.max_model_len)
    if low:
        also = f" or max-num-seqs: {fewer}" if fewer else ""
        return f"write max-model-len: {low}{also} to be safe, {measured}"
    if fewer:
        return f"write max-num-seqs: {fewer} to be safe, {measured}"
    return f"lower max-num-batched-tokens (now {settings.batched_tokens}) or add pipeline stages, {measured}"


@rule(
    code="R1C306",
    slug="all-layers-against-one-stage",
    severity=Severity.ERROR,
    title="This vLLM release checks max-model-len against one pipeline stage",
    why="v0.14.0 to v0.16.0 compare the KV cache of all layers with the memory of one stage. They refuse "
    "lengths that fit, by about the number of stages (vllm-project/vllm#34076, #32105; facts/memory.yaml, "
    "wholeModelCheck).",
    example="spec:\n  vllm:\n    version: v0.15.0\n    args:\n      max-model-len: 163840\n"
    "      gpu-memory-utilization: 0.65\n      max-num-batched-tokens: 2048\n",
    fix="Divide max-model-len by the number of stages, or use another release.",
    fields=SIZED,
)
def all_layers_against_one_stage(plan: Plan) -> Iterator[Finding]:
    """Check max-model-len against what these releases accept, if the cache can hold it."""
    capacity = sized(plan)
    if capacity is None or not weights_fit(capacity) or too_long(plan):
        return
    wanted, length = _wanted(plan, capacity), capacity.settings.max_model_len
    if wanted is None or not capacity.accepted.high < length <= capacity.longest.high:
        return
    releases = facts.memory().whole_model_check
    others = f"before {releases.first} or from {vllm.after(releases.last)} on"
    yield Finding(
        wanted[0],
        f"{wanted[1]} cannot be used with vLLM {plan.server.version}, which accepts at most "
        f"{capacity.accepted.high:,} tokens with {plan.group.pipeline} pipeline stages, though up to "
        f"{capacity.longest.high:,} fit",
        f"write max-model-len: {_safe(capacity)}, or use a vLLM release {others}",
        on_key=wanted[0] == ARGS,
    )


RULES: tuple[Rule, ...] = (
    sequence_exceeds_kv_cache,
    length_exceeds_positions,
    kv_cache_may_be_too_small,
    all_layers_against_one_stage,
)
