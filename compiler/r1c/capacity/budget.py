"""A stage -> what takes a GPU's memory besides weights and KV cache: ranges, for only a run can show it."""

from __future__ import annotations

from r1c import facts
from r1c.capacity.ranges import Range, exactly
from r1c.capacity.settings import GIB, Settings
from r1c.facts.model import Architecture


def non_torch(nodes: int) -> Range:
    """Return what NCCL, the CUDA context and cuBLAS take, in bytes."""
    figures = facts.memory().non_torch
    return _gib(figures.one_node_gib if nodes == 1 else figures.several_nodes_gib)


def cuda_graphs(settings: Settings) -> Range:
    """Return what captured CUDA graphs take, in bytes; nothing with enforce-eager."""
    return exactly(0) if settings.eager else _gib(facts.memory().cuda_graphs.gib)


def activation(model: Architecture, settings: Settings, tensor: int, *, last: bool) -> Range:
    """Return what the forward pass takes that vLLM makes to size the cache, in bytes.

    The tensors of the widest layer that live at once, for the batched tokens: gate, up and their product,
    and three of the hidden size; with experts the same again for each expert that a token chooses, and its
    output. That agrees with the published figures of the V0 engine; the V1 engine takes up to 5 GiB more for
    experts. On the last stage come the float32 logits of max-num-seqs sequences.
    """
    figures = facts.memory().activation
    hidden, moe = model.hidden_size or 0, model.moe
    dense = max((*model.widths, moe.dense_width if moe else 0), default=0)
    dense = dense or (moe.moe_intermediate_size if moe else 0)
    widths = 3 * -(-dense // tensor) + 3 * hidden
    if moe:
        widths += moe.num_experts_per_tok * (3 * -(-moe.moe_intermediate_size // tensor) + hidden)
    least = settings.batched_tokens * widths * settings.element
    logits = settings.max_num_seqs * (model.vocab_size or 0) * 4 if last else 0
    factor, copies = figures.factor, figures.logits_copies
    result = Range(factor[0] * least + copies[0] * logits, factor[1] * least + copies[1] * logits)
    return result + _gib(figures.moe_workspace_gib[settings.engine]) if moe else result


def _gib(pair: tuple[float, float]) -> Range:
    return Range(int(pair[0] * GIB), int(pair[1] * GIB))
