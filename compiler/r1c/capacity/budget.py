"""A stage -> what else takes a GPU's memory besides weights and KV cache, as ranges: only a run shows it.

The V1 engine's ranges are those of measured runs (facts/memory_fit.yaml, docs/memory.md); a condition that no
run had makes them wider.
"""

from __future__ import annotations

from r1c import facts
from r1c.capacity import profile_run, unmeasured
from r1c.capacity.ranges import Range, exactly
from r1c.capacity.settings import GIB, Settings
from r1c.capacity.unmeasured import Conditions
from r1c.capacity.weights import Cut
from r1c.facts import vllm
from r1c.facts.gpu_memory import Between
from r1c.facts.model import Architecture
from r1c.record import record, replace
from r1c.resolve.plan import Group


@record
class Budget:
    """What the terms of a plan are computed from."""

    cut: Cut
    settings: Settings
    group: Group
    conditions: Conditions


def non_torch(of: Budget) -> Range:
    """Return what NCCL, the CUDA context and cuBLAS take of the pool, in bytes.

    From v0.11.0 on vLLM takes its snapshot after NCCL has been set up, so this is only what comes later.
    """
    group, several = of.group, of.group.nodes > 1
    if of.settings.engine == "V0":
        first = facts.memory().first_engine
        return _gib(first.several_nodes_gib if several else first.one_node_gib)
    low, high = getattr(facts.memory().measured.non_torch, _layout(group))
    wider = unmeasured.factor(len(of.conditions.layout) + len(of.conditions.others))
    pair = (0.0, facts.memory().profile_run.several_nodes_gib) if several else (low / wider, high * wider)
    return _gib(pair) + _before(of)[0]


def _before(of: Budget) -> tuple[Range, Range]:
    """Return what CUDA and NCCL take before the forward pass: what counts as used, and what does not."""
    figures, release = facts.memory().beside_grant, of.cut.release
    low, high = figures.before_gib[_layout(of.group)]
    if vllm.at_least(release, figures.nccl_since):
        return exactly(0), _gib((low, high))
    if not vllm.at_least(release, figures.context_since):
        return _gib((low, high)), exactly(0)
    context = figures.context_gib
    return _gib((low - context, high - context)), _gib((context, context))


def _layout(group: Group) -> str:
    if group.tensor * group.data * group.context > 1:
        return "tensor"
    return "alone" if group.pipeline == 1 else "pipeline"


def beside(of: Budget) -> Range:
    """Return what a GPU holds besides what vLLM may use and CUDA graphs, in bytes.

    CUDA and NCCL from before vLLM's snapshot, MLA's context and kernels. The V0 engine counts CUDA and NCCL.
    """
    if of.settings.engine == "V0":
        return exactly(0)
    figures, context = facts.memory().beside_grant, profile_run.context(of.cut, of.settings)
    times = Range(figures.contexts[0] * context, figures.contexts[1] * context)
    found = _before(of)[1] + times + _gib(figures.rest_gib)
    return Range(max(0, found.low), found.high)


def cuda_graphs(of: Budget) -> Range:
    """Return what captured CUDA graphs take, in bytes; nothing with enforce-eager.

    Where vLLM counts them, this is its estimate, which is taken of the pool. MLA expands its context there.
    """
    if of.settings.eager:
        return exactly(0)
    if of.settings.engine == "V0":
        return _gib(facts.memory().first_engine.cuda_graphs_gib)
    measured, wider = facts.memory().measured.graphs, unmeasured.factor(len(of.conditions.others))
    low, high = measured.taken if of.settings.graphs_inside else measured.captured
    context = profile_run.context(of.cut, of.settings)
    return _gib((low / wider, high * wider)) + exactly(context)


def activation(of: Budget, layers: range) -> Range:
    """Return what the forward pass takes that vLLM makes to size the cache, in bytes."""
    model, settings = of.cut.model, of.settings
    if settings.engine == "V0":
        last = not layers or layers[-1] == len(model.layers) - 1
        return _first_engine(model, settings, of.cut.tensor, last=last)
    measured, found = facts.memory().measured.activation, profile_run.of_stage(of.cut, layers, settings)
    copies = vllm.held(measured.copies, of.cut.release, 0.0)
    high = replace(found, experts=found.gathered).peak(copies)
    if settings.second_runner:
        # It samples in another way, and no run shows how much it takes for many sequences.
        copies = 0
    elif settings.flashinfer_sampler:
        # An image that was built without FlashInfer takes the high end.
        copies = min(copies, facts.memory().profile_run.flashinfer_copies)
    low = found.peak(copies)
    soft, wider = int(measured.soft_gib * GIB), unmeasured.factor(len(of.conditions.others))
    least = int((low + soft) * measured.range[0] / wider) - soft
    most = int((high + soft) * measured.range[1] * wider) - soft
    return Range(max(0, least), most + _rotary(model, settings))


def _rotary(model: Architecture, settings: Settings) -> int:
    """Return the bytes of the rotary table, of which a compiled model may make a copy (10 M positions)."""
    table = (model.max_position_embeddings or 0) * model.rotary_dim * settings.element
    return 0 if settings.eager else table


def _first_engine(model: Architecture, settings: Settings, tensor: int, *, last: bool) -> Range:
    """Return the range of the V0 engine.

    The tensors of the widest layer that live at once, for the batched tokens: gate, up and their product,
    and three of the hidden size; with experts the same again for each expert that a token chooses, and its
    output. On the last stage come the float32 logits of max-num-seqs sequences.
    """
    figures = facts.memory().first_engine
    hidden, moe = model.hidden_size or 0, model.moe
    dense = max((*model.widths, moe.dense_width if moe else 0), default=0)
    dense = dense or (moe.moe_intermediate_size if moe else 0)
    widths = 3 * -(-dense // tensor) + 3 * hidden
    if moe:
        widths += moe.num_experts_per_tok * (3 * -(-moe.moe_intermediate_size // tensor) + hidden)
    least = settings.batched_tokens * widths * settings.element
    logits = settings.max_num_seqs * (model.vocab_size or 0) * 4 if last else 0
    factor, copies = figures.factor, figures.logits_copies
    return Range(factor[0] * least + copies[0] * logits, factor[1] * least + copies[1] * logits)


def _gib(pair: Between) -> Range:
    return Range(int(pair[0] * GIB), int(pair[1] * GIB))
