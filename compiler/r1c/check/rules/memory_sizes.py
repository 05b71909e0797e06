"""R1C312 and R1C330 to R1C333: cache, swap space, offloaded weights, shared memory, against GPU and host."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.capacity.ranges import gib
from r1c.capacity.settings import GIB, WHOLE, number, share
from r1c.check.memory_estimate import SIZED, gpu_memory, sized
from r1c.check.rule import Rule, rule
from r1c.check.rules.storage import quantity
from r1c.diagnostics import Finding, Related, Severity
from r1c.resolve.plan import Plan


@rule(
    code="R1C330",
    slug="cache-bytes-exceed-gpu",
    severity=Severity.ERROR,
    title="kv-cache-memory-bytes does not fit into the GPU",
    why="vLLM does not measure the free memory but allocates these bytes on each GPU, which then runs out of "
    "memory (vllm/v1/worker/gpu_worker.py).",
    example="spec:\n  vllm:\n    version: v0.11.0\n    args: {kv-cache-memory-bytes: 150000000000}\n",
    fix="Write the bytes of KV cache for one GPU, or remove the line.",
    fields=SIZED,
)
def cache_bytes_exceed_gpu(plan: Plan) -> Iterator[Finding]:
    """Check the bytes of the KV cache of one GPU, and the least of its weights, against its memory."""
    asked = plan.server.argument("kv-cache-memory-bytes")
    wanted = number(asked.value) if asked and asked.flag else None
    capacity = sized(plan) if wanted else None
    weights = max(stage.weights.low for stage in capacity.stages) if capacity else 0
    memory = plan.platform.gpu_memory_gib
    if wanted is None or wanted + weights <= memory * GIB or weights > memory * GIB:
        return
    weight = f" in addition to {gib(weights)} of weights" if weights else ""
    yield Finding(
        plan.server.path("kv-cache-memory-bytes"),
        f"kv-cache-memory-bytes needs {gib(wanted)} on each GPU{weight}, but the "
        f"{plan.platform.gpu_model} of {plan.platform.id} has {memory} GiB",
        "remove the line: vLLM then uses the memory that gpu-memory-utilization allows",
        related=(gpu_memory(plan),),
    )


@rule(
    code="R1C331",
    slug="swap-exceeds-host",
    severity=Severity.ERROR,
    title="swap-space too large for the memory of the node",
    why="vLLM refuses to start if the swap space of all tensor parallel ranks exceeds 70 % of "
    "the host's memory (`Too large swap space`; vllm/config, verify_with_parallel_config).",
    example="spec:\n  vllm:\n    args: {swap-space: 300}\n",
    fix="Lower swap-space, which applies to each GPU, or remove the line.",
    fields=("spec.vllm.args", "spec.vllm.version", "spec.platform", "spec.parallelism.tensor"),
)
def swap_exceeds_host(plan: Plan) -> Iterator[Finding]:
    """Check swap-space x tensor against the memory of one node."""
    asked = plan.server.argument("swap-space")
    each = share(asked.value) if asked and asked.flag else None
    if each is None:
        return
    whole, host = each * plan.group.tensor // WHOLE, plan.platform.host_memory_gb
    most_swap = facts.memory().most_swap
    if whole * 100 <= host * most_swap:
        return
    most = host * most_swap // 100 // plan.group.tensor
    yield Finding(
        plan.server.path("swap-space"),
        f"swap-space needs {whole} GiB for {plan.group.tensor} ranks, more than {most_swap} % of the "
        f"{host} GB of one {plan.platform.id} node",
        f"write swap-space: {most} or less; it applies to each GPU",
        related=(Related(f"a node has {host} GB", place=plan.platform.cite("hostMemoryGb")),),
    )


@rule(
    code="R1C332",
    slug="blocks-below-length",
    severity=Severity.WARNING,
    title="num-gpu-blocks-override below max-model-len",
    why="The flag replaces the number of blocks that vLLM measures, so a request of max-model-len tokens "
    "never fits (vllm/v1/core/kv_cache_utils.py).",
    example="spec:\n  vllm:\n    args: {num-gpu-blocks-override: 100}\n",
    fix="Remove the line; the flag is for tests.",
    fields=SIZED,
)
def blocks_below_length(plan: Plan) -> Iterator[Finding]:
    """Check blocks x block size against max-model-len."""
    asked = plan.server.argument("num-gpu-blocks-override")
    blocks = number(asked.value) if asked and asked.flag else None
    capacity = sized(plan) if blocks else None
    if blocks is None or capacity is None:
        return
    tokens, length = blocks * capacity.settings.block, capacity.settings.max_model_len
    if tokens < length:
        yield Finding(
            plan.server.path("num-gpu-blocks-override"),
            f"num-gpu-blocks-override {blocks} allows a KV cache of {tokens:,} tokens, less than "
            f"max-model-len {length}",
            "remove the line: vLLM measures how many blocks fit",
        )


@rule(
    code="R1C333",
    slug="weights-offloaded-whole",
    severity=Severity.WARNING,
    title="All weights offloaded to the host",
    why="The flag applies to each GPU, and every step reads the offloaded weights over PCIe. With all of "
    "them on the host, a step takes as long as reading them (vllm/config/cache.py, cpu_offload_gb).",
    example="spec:\n  vllm:\n    args: {cpu-offload-gb: 400}\n",
    fix="Write how many GiB of one GPU's weights do not fit, or remove the line.",
    fields=SIZED,
)
def weights_offloaded_whole(plan: Plan) -> Iterator[Finding]:
    """Check the offload of one GPU against its memory, which is more than any share of weights."""
    asked = plan.server.argument("cpu-offload-gb")
    each = share(asked.value) if asked and asked.flag else None
    if each is None or each <= plan.platform.gpu_memory_gib * WHOLE:
        return
    yield Finding(
        plan.server.path("cpu-offload-gb"),
        f"cpu-offload-gb {asked.value if asked else ''} is more than the {plan.platform.gpu_memory_gib} GiB "
        "of one GPU: all weights stay in host memory and are read over PCIe for every step",
        "write how many GiB of one GPU's weights do not fit, or remove the line",
        related=(gpu_memory(plan),),
    )


@rule(
    code="R1C312",
    slug="shared-memory-exceeds-host",
    severity=Severity.WARNING,
    title="Shared memory can exceed the memory of the node",
    why="The memory in /dev/shm counts against the node's memory: when it fills up, the pod is killed "
    "(evidence.md, MEM009).",
    example="spec:\n  storage:\n    sharedMemory: 2000Gi\n",
    fix="Leave sharedMemory at its default, or write less than the node's memory.",
    fields=("spec.storage.sharedMemory", "spec.platform"),
)
def shared_memory_exceeds_host(plan: Plan) -> Iterator[Finding]:
    """Check shared memory against the memory of a node; each node runs one pod."""
    has, platform = quantity(plan.storage.shared_memory), plan.platform
    if has is not None and has >= platform.host_memory_gb * GIB:
        yield Finding(
            ("spec", "storage", "sharedMemory"),
            f"sharedMemory {plan.storage.shared_memory} can exceed the {platform.host_memory_gb} GB of one "
            f"{platform.id} node",
            "write sharedMemory: 250Gi, or a size that you measured",
            related=(
                Related(f"a node has {platform.host_memory_gb} GB", place=platform.cite("hostMemoryGb")),
            ),
        )


RULES: tuple[Rule, ...] = (
    shared_memory_exceeds_host,
    cache_bytes_exceed_gpu,
    swap_exceeds_host,
    blocks_below_length,
    weights_offloaded_whole,
)
