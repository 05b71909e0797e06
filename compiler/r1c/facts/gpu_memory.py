"""The figures of facts/memory.yaml: what takes a GPU's memory, by vLLM version. Ranges are (least, most)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.facts.entry import fill, fill_each, frozen
from r1c.record import named_record, record

ByVersion = tuple[tuple[str, Any], ...]
"""Values with the version from which each of them holds, oldest first."""
Between = tuple[float, float]


@named_record
class Utilization:
    """The share of a GPU that vLLM may use: its default, and what r1c advises, warns of and refuses."""

    default: ByVersion
    warn_above: float
    refuse_from: float
    advised: Between


@named_record
class Batch:
    """The defaults of max-num-batched-tokens and max-num-seqs."""

    tokens: int
    long_context_tokens: int
    big_gpu_tokens: ByVersion
    big_gpu_gib: float
    huge_gpu_tokens: ByVersion
    huge_gpu_gib: float
    sequences: int
    big_gpu_sequences: int


@named_record
class NonTorch:
    """What NCCL, the CUDA context and cuBLAS take, in GiB."""

    one_node_gib: Between
    several_nodes_gib: Between


@named_record
class Activation:
    """Copies of the widest layer's tensors and of the logits in memory; GiB for experts by engine."""

    factor: tuple[int, int]
    logits_copies: tuple[int, int]
    moe_workspace_gib: Mapping[str, Between]


@named_record
class CudaGraphs:
    """What captured graphs take, and the releases that count them, or can, as part of the utilization."""

    gib: Between
    inside_since: str
    estimate_since: str


@named_record
class Stages:
    """How layers are dealt out to stages."""

    counted_backwards_since: str


@named_record
class Mla:
    """How releases keep the latent of multi-head latent attention."""

    latent_cache_since: str
    padded_head_dim: int
    absorbed_until: str


@named_record
class Cache:
    """Blocks of the KV cache, number types, and the releases from which something holds.

    The tokens of a block depend on the compute capability with MLA, and on an FP8 cache.
    """

    block: int
    mla_block: Mapping[str, ByVersion]
    latent_block_step: int
    hybrid_since: str
    chunked_since: str
    in_flight_since: str
    state_prefix_caching_since: str
    checkpoint_since: str
    logs_concurrency_since: str
    group_slack: ByVersion
    least_tokens: int
    bytes: Mapping[str, int]


@record
class Releases:
    """The releases from the first to the last, both included."""

    first: str
    last: str


@record
class WeightFormat:
    """How a quantisation method stores weights where no config.json says it.

    Bits of a weight, bits of a scale, the inputs and the outputs that share one; and the compute capability
    that computes in it.
    """

    stored: tuple[int, ...]
    native: str


@named_record
class GpuMemory:
    """The whole file; `head_on_last_stage_since` is by model type, formats and padding by method."""

    utilization: Utilization
    batch: Batch
    non_torch: NonTorch
    activation: Activation
    cuda_graphs: CudaGraphs
    stages: Stages
    mla: Mla
    head_on_last_stage_since: Mapping[str, str]
    cache: Cache
    whole_model_check: Releases
    dropped_prompts: Releases
    always_chunked: Releases
    formats: Mapping[str, WeightFormat]
    padding: Mapping[str, tuple[int, int]]


def read(data: Mapping[str, Any]) -> GpuMemory:
    """Return the figures; raises TypeError or KeyError for one that is missing."""
    return GpuMemory(
        utilization=fill(Utilization, data["utilization"]),
        batch=fill(Batch, data["batch"]),
        non_torch=fill(NonTorch, data["nonTorch"]),
        activation=fill(Activation, data["activation"]),
        cuda_graphs=fill(CudaGraphs, data["cudaGraphs"]),
        stages=fill(Stages, data["stages"]),
        mla=fill(Mla, data["mla"]),
        head_on_last_stage_since=data["headOnLastStageSince"],
        cache=fill(Cache, data["cache"]),
        whole_model_check=fill(Releases, data["wholeModelCheck"]),
        dropped_prompts=fill(Releases, data["droppedPrompts"]),
        always_chunked=fill(Releases, data["alwaysChunked"]),
        formats=fill_each(WeightFormat, data["formats"]),
        padding=frozen({name: pair for name, pair in data["padding"].items() if isinstance(pair, list)}),
    )
