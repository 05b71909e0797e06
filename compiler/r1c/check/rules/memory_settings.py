"""R1C304 and R1C307 to R1C311: memory settings that cannot work together, for a model of any size."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.capacity import estimate
from r1c.capacity.ranges import Range, gib
from r1c.capacity.settings import GIB, WHOLE, drops_prompts, number, share, utilization
from r1c.check.memory_estimate import SIZED, drops, sized, too_long
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Put, Related, Severity, either, unsafe
from r1c.facts import vllm
from r1c.resolve.plan import Plan

UTILIZATION = "gpu-memory-utilization"


def _limit(figure: float) -> int:
    return share(figure) or WHOLE


def _advised() -> str:
    low, high = facts.memory().utilization.advised
    return f"{low} to {high}"


@rule(
    code="R1C304",
    slug="utilization-out-of-range",
    severity=Severity.ERROR,
    title="gpu-memory-utilization must be between 0 and 1",
    why="It is the fraction of each GPU's memory that vLLM may use. vLLM accepts values above 0 and up to 1 "
    "(facts/memory.yaml, utilization).",
    example="spec:\n  vllm:\n    args:\n      gpu-memory-utilization: 85\n",
    fix="Write a fraction such as 0.9.",
    fields=("spec.vllm.args.gpu-memory-utilization",),
    edits="safe or unsafe",
)
def utilization_out_of_range(plan: Plan) -> Iterator[Finding]:
    """Check 0 < gpu-memory-utilization <= 1."""
    written = plan.server.value("gpu-memory-utilization")
    used = None if written is None else share(written)
    if used is None or 0 < used <= WHOLE:
        return
    meant = used / 100 / WHOLE if WHOLE < used <= 100 * WHOLE else 0.9
    yield Finding(
        plan.server.path(UTILIZATION),
        f"gpu-memory-utilization must be above 0 and at most 1, got {written}",
        f"write gpu-memory-utilization: {meant:g}",
        edit=either(Put(plan.server.path(UTILIZATION), float(f"{meant:g}")), sure=used > WHOLE),
    )


def _captured(plan: Plan) -> Range | None:
    """Return the CUDA graphs that use the memory that the utilization leaves free, None if there are none."""
    model = plan.model.architecture
    capacity = estimate(plan) if model else None
    if capacity is None or capacity.settings.graphs_inside or capacity.settings.eager:
        return None
    return capacity.graphs


def _leaves(plan: Plan, used: int) -> str:
    return gib((WHOLE - used) * int(plan.platform.gpu_memory_gib * GIB) // WHOLE)


def _between(figure: Range) -> str:
    return f"{gib(figure.low).removesuffix(' GiB')} to {gib(figure.high)}"


@rule(
    code="R1C307",
    slug="no-room-for-cuda-graphs",
    severity=Severity.ERROR,
    title="No memory left for CUDA graphs",
    why="Up to v0.19.0, and up to v0.28.0 for models on its second model runner, vLLM captures CUDA graphs "
    "after the KV cache has taken its share; at 0.98 they run out of memory (vllm-project/vllm#15598, "
    "#19186; evidence.md, MEM003).",
    example="spec:\n  vllm:\n    args:\n      gpu-memory-utilization: 0.98\n",
    fix="Write 0.9 to 0.92, or enforce-eager: true, which turns CUDA graphs off.",
    fields=SIZED,
    edits="unsafe",
)
def no_room_for_cuda_graphs(plan: Plan) -> Iterator[Finding]:
    """Check the utilization where CUDA graphs are not part of it."""
    used = utilization(plan)
    if used is None or not _limit(facts.memory().utilization.refuse_from) <= used <= WHOLE:
        return
    graphs = _captured(plan)
    if graphs is None:
        return
    yield Finding(
        plan.server.path(UTILIZATION),
        f"gpu-memory-utilization {used / WHOLE:g} leaves {_leaves(plan, used)} of each GPU, but the CUDA "
        f"graphs of vLLM {plan.server.version} need {_between(graphs)}",
        f"write gpu-memory-utilization: {_advised()}, or add enforce-eager: true",
        edit=unsafe(Put(plan.server.path(UTILIZATION), facts.memory().utilization.advised[0])),
        related=(
            Related(
                "the releases that count CUDA graphs", place=facts.cite("memory", "cudaGraphs.insideSince")
            ),
        ),
    )


@rule(
    code="R1C308",
    slug="utilization-high",
    severity=Severity.WARNING,
    title="gpu-memory-utilization leaves little memory",
    why="vLLM does not count the memory that NCCL and CUDA use, nor CUDA graphs up to v0.19.0, nor the "
    "context that MLA expands (vllm-project/vllm#57475, #7593, #11251; docs/memory.md; evidence.md, MEM003).",
    example="spec:\n  vllm:\n    args:\n      gpu-memory-utilization: 0.96\n",
    fix="Write 0.9 to 0.92.",
    fields=SIZED,
    edits="unsafe",
)
def utilization_high(plan: Plan) -> Iterator[Finding]:
    """Check the utilization against 0.95, with MLA against what is used besides, unless R1C307 reports it."""
    used = utilization(plan)
    if used is None or not 0 < used <= WHOLE:
        return
    if used >= _limit(facts.memory().utilization.refuse_from) and _captured(plan):
        return
    leaves = f"gpu-memory-utilization {used / WHOLE:g} leaves {_leaves(plan, used)} of each GPU"
    if used > _limit(facts.memory().utilization.warn_above):
        yield Finding(
            plan.server.path(UTILIZATION),
            f"{leaves} for everything that vLLM does not count",
            f"write gpu-memory-utilization: {_advised()}",
            edit=unsafe(Put(plan.server.path(UTILIZATION), facts.memory().utilization.advised[0])),
            related=(Related("r1c warns above this", place=facts.cite("memory", "utilization.warnAbove")),),
        )
        return
    capacity = estimate(plan)
    if capacity is None or not capacity.settings.latent_cache or capacity.settings.pool is not None:
        return
    needed = capacity.beside
    if needed.high <= capacity.total - capacity.granted:
        return
    percent = max(1, (capacity.total - needed.high) * 100 // capacity.total)
    yield Finding(
        plan.server.path(UTILIZATION),
        f"{leaves}, but the context that MLA expands, CUDA and NCCL may take "
        f"{_between(needed)} that vLLM does not count",
        f"write gpu-memory-utilization: {percent / 100:g}",
        edit=unsafe(Put(plan.server.path(UTILIZATION), percent / 100)),
        related=(Related("what is used besides", place=facts.cite("memory", "besideGrant.contexts")),),
    )


@rule(
    code="R1C309",
    slug="batch-below-length",
    severity=Severity.ERROR,
    title="max-num-batched-tokens below max-model-len without chunked prefill",
    why="Without chunked prefill a prompt must fit into one batch, and vLLM refuses to start "
    "(verl-project/verl#7624, vllm-project/vllm#33109; evidence.md, MEM006).",
    example="spec:\n  vllm:\n    args:\n      max-num-batched-tokens: 8192\n",
    fix="Raise max-num-batched-tokens to max-model-len, or turn chunked prefill on.",
    fields=SIZED,
    edits="unsafe",
)
def batch_below_length(plan: Plan) -> Iterator[Finding]:
    """Check max-num-batched-tokens against max-model-len where chunked prefill is off."""
    capacity = estimate(plan)
    if capacity is None or capacity.settings.chunking_chosen or capacity.settings.batch_is_default:
        return
    settings = capacity.settings
    if settings.batched_tokens >= settings.max_model_len:
        return
    unchunked = settings.latent_cache and drops_prompts(plan.server.release)
    chunks = "" if unchunked else ", or enable-chunked-prefill: true"
    yield Finding(
        plan.server.path("max-num-batched-tokens"),
        f"max-num-batched-tokens {settings.batched_tokens} is below max-model-len {settings.max_model_len}, "
        "and chunked prefill is off",
        f"write max-num-batched-tokens: {settings.max_model_len}{chunks}, or lower max-model-len",
        edit=unsafe(Put(plan.server.path("max-num-batched-tokens"), settings.max_model_len)),
        related=(Related("max-model-len is here", path=plan.server.path("max-model-len")),)
        if settings.length_from == "profile"
        else (),
    )


@rule(
    code="R1C310",
    slug="prompts-dropped",
    severity=Severity.WARNING,
    title="Prompts longer than the batch are dropped",
    why="v0.7.1 to v0.7.3 choose a batch size for chunked prefill and then turn it off for MLA models. The "
    "scheduler drops prompts longer than that batch (facts/memory.yaml, droppedPrompts).",
    example="spec:\n  vllm:\n    args:\n      max-model-len: 65536\n",
    fix="Set max-num-batched-tokens to the length of your longest prompt.",
    fields=SIZED,
)
def prompts_dropped(plan: Plan) -> Iterator[Finding]:
    """Check the batch against max-model-len where the release drops longer prompts."""
    capacity = estimate(plan)
    if capacity is None or not drops(plan, capacity) or too_long(plan):
        return
    settings = capacity.settings
    if settings.max_model_len > capacity.longest.high:
        return
    batch = "the default batch" if settings.batch_is_default else "max-num-batched-tokens"
    yield Finding(
        plan.server.path("max-model-len"),
        f"max-model-len is {settings.max_model_len}, but vLLM {plan.server.version} drops prompts of "
        f"{plan.model.id} longer than {batch} of {settings.batched_tokens:,} tokens",
        "set max-num-batched-tokens to the length of your longest prompt (activation memory grows with it), "
        f"or use {vllm.after(facts.memory().dropped_prompts.last)} or newer",
        on_key=settings.length_from != "profile",
    )


@rule(
    code="R1C311",
    slug="concurrency-out-of-reach",
    severity=Severity.WARNING,
    title="max-num-seqs too high for the KV cache",
    why="Sequences share the KV cache, and those without room wait or are recomputed. Each sequence that you "
    "allow also takes memory for its logits (facts/memory.yaml, cache; evidence.md, MEM002).",
    example="spec:\n  vllm:\n    args:\n      max-num-seqs: 4096\n  benchmark:\n    prompts: 20480\n",
    fix="Lower max-num-seqs.",
    fields=SIZED,
    edits="unsafe",
)
def concurrency_out_of_reach(plan: Plan) -> Iterator[Finding]:
    """Check that max-num-seqs, if given, leaves each sequence a useful number of tokens, at best."""
    capacity = sized(plan)
    wanted = number(plan.server.value("max-num-seqs"))
    least = facts.memory().cache.least_tokens
    if capacity is None or wanted is None or capacity.settings.max_model_len > capacity.longest.high:
        return
    if not 0 < capacity.tokens.high < wanted * least:
        return
    yield Finding(
        plan.server.path("max-num-seqs"),
        f"max-num-seqs {wanted} is too high: at best the KV cache holds {capacity.tokens.high:,} tokens, "
        f"{capacity.tokens.high // wanted} for each sequence",
        f"write max-num-seqs: {capacity.tokens.high // least} or less",
        edit=unsafe(Put(plan.server.path("max-num-seqs"), capacity.tokens.high // least)),
        related=(
            Related(
                f"a sequence needs at least {least} tokens", place=facts.cite("memory", "cache.leastTokens")
            ),
        ),
    )


RULES: tuple[Rule, ...] = (
    utilization_out_of_range,
    no_room_for_cuda_graphs,
    utilization_high,
    batch_below_length,
    prompts_dropped,
    concurrency_out_of_reach,
)
