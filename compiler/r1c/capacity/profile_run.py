"""A stage -> what lives at once in the forward pass that vLLM's V1 engine makes to size the KV cache.

The pass has max-num-batched-tokens tokens; on the last stage, logits of max-num-seqs sequences are sampled
after it. Published and measured runs agree with the sum to a few per cent (docs/memory.md).
"""

from __future__ import annotations

from r1c import facts
from r1c.capacity.settings import Settings
from r1c.capacity.weights import Cut
from r1c.facts import vllm
from r1c.facts.model import Attention, Dense, Experts, LatentAttention, Layer
from r1c.record import record

_LOGIT = 4


@record
class Pass:
    """Bytes of one GPU. `held` are hidden states that live all the time, `logits` one copy in float32.

    `forward` is the widest layer without its experts; `experts` are the least buffers of the widest experts,
    which are `kept` while logits are computed, and `gathered` the most: those of the modular kernel, where
    the batches of all data parallel copies come to one rank.
    """

    held: int
    logits: int
    forward: int
    experts: int
    gathered: int
    kept: bool

    def peak(self, copies: float) -> int:
        """Return the most memory in use at the same time, for a number of copies of the logits."""
        sampling = int(copies * self.logits)
        if self.kept:
            return self.held + self.experts + max(self.forward, sampling)
        return self.held + max(self.forward + self.experts, sampling)


def of_stage(cut: Cut, layers: range, settings: Settings) -> Pass:
    """Return the pass of the stage that has these layers (their numbers from 0)."""
    figures, model, tensor = facts.memory().profile_run, cut.model, cut.tensor
    first, last = (not layers or layers[0] == 0), (not layers or layers[-1] == len(model.layers) - 1)
    numbers = settings.batched_tokens * settings.element
    hidden = numbers * (model.hidden_size or 0)
    rows = min(settings.max_num_seqs, settings.batched_tokens) if last else 0
    each = list({id(model.layers[number]): model.layers[number] for number in layers}.values())
    expanded = max((_context(layer, settings, cut) for layer in each), default=0)
    attention = max((_attention(layer, tensor) for layer in each), default=0) * numbers + 2 * hidden
    mlp = max((_mlp(layer, tensor) for layer in each), default=0) * numbers + 3 * hidden
    experts = max((_experts(layer, cut) for layer in each), default=0) * settings.element
    least = max((_least_experts(layer, cut) for layer in each), default=0) * settings.element
    most = vllm.held(figures.expert_tokens, cut.release) or settings.batched_tokens * cut.data
    keeps = vllm.at_least(cut.release, figures.keeps_experts_since)
    return Pass(
        # Between stages, a hidden state and a residual are received or sent.
        hidden if first and last else 3 * hidden,
        rows * (model.vocab_size or 0) * _LOGIT,
        max(attention + expanded, mlp),
        least * min(settings.batched_tokens, most),
        experts * min(settings.batched_tokens * cut.data, most),
        keeps and cut.format.method not in figures.loses_experts,
    )


def context(cut: Cut, settings: Settings) -> int:
    """Return the bytes of the keys and values that MLA expands at once; 0 for other attention."""
    return max((_context(layer, settings, cut) for layer in cut.model.kinds), default=0)


def _context(layer: Layer, settings: Settings, cut: Cut) -> int:
    mixer, figures = layer.mixer, facts.memory().profile_run
    if not isinstance(mixer, LatentAttention) or mixer.index is not None:
        return 0
    wanted = max(
        figures.latent_lengths * settings.max_model_len,
        figures.latent_sequences * settings.max_num_seqs * settings.block,
    )
    tokens = min(wanted, vllm.held(figures.latent_tokens, cut.release, 0))
    heads = _over(mixer.heads, cut.tensor)
    return int(tokens * heads * (mixer.qk_nope_head_dim + mixer.v_head_dim) * settings.element)


def _attention(layer: Layer, tensor: int) -> int:
    """Return the numbers of a token in attention: queries, keys, values and output."""
    mixer = layer.mixer
    if isinstance(mixer, LatentAttention):
        return _over(mixer.heads, tensor) * (
            mixer.qk_nope_head_dim + mixer.qk_rope_head_dim + mixer.v_head_dim
        )
    if isinstance(mixer, Attention):
        heads = _over(mixer.heads, tensor) + max(1, mixer.kv_heads // tensor)
        return heads * (mixer.head_dim + mixer.value_dim)
    return 0


def _mlp(layer: Layer, tensor: int) -> int:
    """Return the numbers of a token in an MLP or shared expert: gate, up and their product."""
    mlp = layer.mlp
    if isinstance(mlp, Experts):
        return 3 * _over(max(mlp.shared_width, mlp.dense_width), tensor)
    return 3 * _over(mlp.width, tensor) if isinstance(mlp, Dense) else 0


def _experts(layer: Layer, cut: Cut) -> int:
    """Return the numbers of a token in the two buffers of the experts that it chooses."""
    mlp, hidden = layer.mlp, cut.model.hidden_size or 0
    if not isinstance(mlp, Experts):
        return 0
    width = _expert_width(mlp, cut)
    return mlp.num_experts_per_tok * (max(width, hidden) + max(2 * width, hidden))


def _least_experts(layer: Layer, cut: Cut) -> int:
    """Return the same where Triton's own function may run them, with one buffer of their width."""
    mlp, hidden = layer.mlp, cut.model.hidden_size or 0
    last = facts.memory().profile_run.separate_experts_until
    if not isinstance(mlp, Experts) or not vllm.between(cut.release, None, last):
        return _experts(layer, cut)
    width = _expert_width(mlp, cut)
    return mlp.num_experts_per_tok * (max(2 * width, hidden) + width)


def _expert_width(mlp: Experts, cut: Cut) -> int:
    return _over(mlp.moe_intermediate_size, 1 if cut.experts_whole else cut.tensor)


def _over(whole: int, ranks: int) -> int:
    return -(-whole // ranks)
