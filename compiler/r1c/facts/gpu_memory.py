"""The figures of facts/memory.yaml and memory_fit.yaml: what takes a GPU's memory, by vLLM version.

Ranges are (least, most).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.facts import vllm
from r1c.facts.entry import fill, fill_each
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
class FirstEngine:
    """What the V0 engine takes besides weights and cache: GiB, and copies of the widest layer's tensors."""

    factor: tuple[int, int]
    logits_copies: tuple[int, int]
    one_node_gib: Between
    several_nodes_gib: Between
    cuda_graphs_gib: Between


@named_record
class ProfileRun:
    """What lives at once in the forward pass that the V1 engine makes to size the cache.

    `latent_tokens` is the most context that MLA expands at once; it is less where max-model-len times
    `latent_lengths`, or the blocks of max-num-seqs times `latent_sequences`, is. `expert_tokens` is the most
    that the experts take at once. `separate_experts_until` is the last release whose experts may run outside
    the modular kernel, in smaller buffers. `flashinfer_samples` are the first and last release whose image
    samples with FlashInfer by default, which takes `flashinfer_copies` of the logits.
    """

    latent_tokens: ByVersion
    latent_lengths: int
    latent_sequences: int
    expert_tokens: ByVersion
    keeps_experts_since: str
    loses_experts: tuple[str, ...]
    separate_experts_until: str
    flashinfer_samples: tuple[str, str]
    flashinfer_copies: float
    several_nodes_gib: float


@record
class Runner:
    """Which models run on the second model runner by default.

    Those of an architecture named (`plain`: without experts and not quantised only), with `dense` all without
    experts, with `every` all.
    """

    named: tuple[str, ...] = ()
    plain: bool = False
    dense: bool = False
    every: bool = False


@named_record
class ModelRunner:
    """The second model runner by release, and the first with which it counts its CUDA graphs."""

    by_default: tuple[tuple[str, Runner], ...]
    counts_graphs_since: str


@named_record
class CudaGraphs:
    """The releases that count captured graphs, or can, as part of the utilization."""

    inside_since: str
    estimate_since: str


@named_record
class BesideGrant:
    """What a GPU holds besides what vLLM may use: GiB by layout, times MLA's context, GiB of the rest.

    Before `context_since`, CUDA's context counts as used, and before `nccl_since` NCCL does.
    """

    before_gib: Mapping[str, Between]
    context_gib: float
    context_since: str
    nccl_since: str
    contexts: tuple[int, int]
    rest_gib: Between


@named_record
class MeasuredActivation:
    """What measured runs gave for the activations of the V1 engine.

    `copies` are those of the logits in float32 that live at once, by release.
    A range is from low to high times the figure of the formula, where `soft_gib` is added to the figure
    first and taken away after: small figures are known less well.
    """

    copies: ByVersion
    soft_gib: float
    range: Between


@named_record
class MeasuredNonTorch:
    """GiB besides torch's that measured runs took of the pool: with one rank, stages alone, tensor ranks."""

    alone: Between
    pipeline: Between
    tensor: Between


@named_record
class MeasuredGraphs:
    """GiB of CUDA graphs without MLA's context: as estimated and taken of the pool, and as captured."""

    taken: Between
    captured: Between


@named_record
class MeasuredSpan:
    """What the fitted runs had: releases from first to last, most ranks, and compute capabilities."""

    releases: tuple[str, str]
    tensor: int
    pipeline: int
    capabilities: tuple[str, ...]


@named_record
class Judged:
    """Runs that were not fitted: how many, and how many of their pools lie in the range."""

    runs: int
    inside: int


@named_record
class Measured:
    """The whole of facts/memory_fit.yaml, made of measured runs by tools/memory_fit.py."""

    activation: MeasuredActivation
    non_torch: MeasuredNonTorch
    graphs: MeasuredGraphs
    span: MeasuredSpan
    judged: Judged


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
    hybrid_asked_since: str
    hybrid_events_since: str
    hybrid_connectors_since: str
    hybrid_connectors: tuple[str, ...]
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

    def include(self, release: str) -> bool:
        """Tell whether a sampled release is one of them."""
        return vllm.between(release, self.first, self.last)


@record
class WeightFormat:
    """How a quantisation method stores weights where no config.json says it.

    Bits of a weight, bits of a scale, the inputs and the outputs that share one; and the compute capability
    that computes in it.
    """

    stored: tuple[int, ...]
    native: str


@record
class Padding:
    """The least and the most multiple that kernels pad the experts' sizes to: width by compute capability."""

    hidden: tuple[int, int]
    width: Mapping[str, tuple[int, int]]


@named_record
class GpuMemory:
    """Both files; `head_on_last_stage_since` is by model type, formats and padding by method.

    `unmeasured` is how much wider a range is for one condition that no measured run has; `most_swap` is the
    swap space of all tensor ranks, in percent of the host's memory; the vocabulary is padded to a multiple of
    `vocabulary_padded_to` entries.
    """

    utilization: Utilization
    batch: Batch
    first_engine: FirstEngine
    profile_run: ProfileRun
    model_runner: ModelRunner
    cuda_graphs: CudaGraphs
    beside_grant: BesideGrant
    measured: Measured
    unmeasured: float
    stages: Stages
    mla: Mla
    head_on_last_stage_since: Mapping[str, str]
    cache: Cache
    most_swap: int
    vocabulary_padded_to: int
    whole_model_check: Releases
    dropped_prompts: Releases
    always_chunked: Releases
    formats: Mapping[str, WeightFormat]
    padding: Mapping[str, Padding]


def read(data: Mapping[str, Any], measured: Mapping[str, Any]) -> GpuMemory:
    """Return the figures; raises TypeError or KeyError for one that is missing."""
    return GpuMemory(
        utilization=fill(Utilization, data["utilization"]),
        batch=fill(Batch, data["batch"]),
        first_engine=fill(FirstEngine, data["firstEngine"]),
        profile_run=fill(ProfileRun, data["profileRun"]),
        model_runner=fill(ModelRunner, data["modelRunner"], by_default=_runners(data["modelRunner"])),
        cuda_graphs=fill(CudaGraphs, data["cudaGraphs"]),
        beside_grant=fill(BesideGrant, data["besideGrant"]),
        measured=_measured(measured),
        unmeasured=data["unmeasured"]["factor"],
        stages=fill(Stages, data["stages"]),
        mla=fill(Mla, data["mla"]),
        head_on_last_stage_since=data["headOnLastStageSince"],
        cache=fill(Cache, data["cache"]),
        vocabulary_padded_to=data["vocabulary"]["paddedTo"],
        most_swap=data["swapSpace"]["mostOfHost"],
        whole_model_check=fill(Releases, data["wholeModelCheck"]),
        dropped_prompts=fill(Releases, data["droppedPrompts"]),
        always_chunked=fill(Releases, data["alwaysChunked"]),
        formats=fill_each(WeightFormat, data["formats"]),
        padding=fill_each(Padding, data["padding"]),
    )


def _runners(entry: Mapping[str, Any]) -> tuple[tuple[str, Runner], ...]:
    return tuple((since, fill(Runner, models)) for since, models in entry["byDefault"])


def _measured(data: Mapping[str, Any]) -> Measured:
    return Measured(
        activation=fill(MeasuredActivation, data["activation"]),
        non_torch=fill(MeasuredNonTorch, data["nonTorchGib"]),
        graphs=fill(MeasuredGraphs, data["graphsGib"]),
        span=fill(MeasuredSpan, data["span"]),
        judged=fill(Judged, data["judged"]),
    )
