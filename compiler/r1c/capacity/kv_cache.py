"""A model and the layers of a stage -> the layout of the KV cache on one GPU, and its capacity."""

from __future__ import annotations

from collections.abc import Sequence

from r1c import facts
from r1c.capacity.settings import Settings
from r1c.facts.model import Architecture
from r1c.record import record


@record
class Cache:
    """The KV cache of one GPU of a stage.

    A block holds `block` tokens in `block_bytes`. A sequence takes blocks for its whole length in each of
    the `full` groups of layers, and for no more than `window` tokens in each of the `sliding` groups.
    `token_bytes` is what one token takes in all layers of the stage.
    """

    block: int
    block_bytes: int
    token_bytes: int
    full: int = 1
    sliding: int = 0
    window: int = 0

    def tokens(self, pool: int) -> int:
        """Return the tokens that a pool of bytes holds, as vLLM logs it.

        A pool below zero holds 0 tokens.
        """
        return max(0, pool) // self.block_bytes // (self.full + self.sliding) * self.block

    def sequences(self, pool: int, length: int) -> float:
        """Return how many sequences of `length` tokens a pool holds, as a fraction, as vLLM logs it."""
        return (max(0, pool) // self.block_bytes) / self._blocks(length)

    def longest(self, pool: int) -> int:
        """Return the longest sequence that a pool holds, rounded down to a whole block."""
        blocks = max(0, pool) // self.block_bytes
        short = blocks // (self.full + self.sliding) * self.block
        if not self.sliding or short < self.window:
            return short
        return (blocks - self.sliding * -(-self.window // self.block)) // self.full * self.block

    def _blocks(self, length: int) -> int:
        windowed = -(-min(length, self.window) // self.block)
        return self.full * -(-length // self.block) + self.sliding * windowed


def of_stage(model: Architecture, settings: Settings, tensor: int, layers: Sequence[int]) -> Cache:
    """Return the layout for a stage of at least one layer.

    MLA keeps one latent for all heads, on every rank alike; otherwise KV heads are split over the ranks, at
    least one to each. Decode context parallelism splits the tokens of a sequence over its ranks.
    """
    each = _layer_bytes(model, settings, tensor)
    block = settings.block * settings.context_parallel
    groups = _groups(model, settings, layers)
    token_bytes = -(-each * len(layers) // settings.context_parallel)
    if groups is None or model.interleaved_attention is None:
        return Cache(block, each * len(layers) * settings.block, token_bytes)
    size, full, sliding = groups
    window = model.interleaved_attention.window + settings.batched_tokens
    return Cache(block, each * size * settings.block, token_bytes, full, sliding, window)


def _layer_bytes(model: Architecture, settings: Settings, tensor: int) -> int:
    """Return the bytes of one token in one layer on one GPU."""
    if model.mla and settings.latent_cache:
        return (model.mla.kv_lora_rank + model.mla.qk_rope_head_dim) * settings.cache_element
    if model.mla:
        heads = -(-model.num_attention_heads // tensor)
        return 2 * heads * facts.memory().mla.padded_head_dim * settings.cache_element
    heads = max(1, model.num_key_value_heads // tensor)
    return 2 * heads * model.head_dim * settings.cache_element


def _groups(model: Architecture, settings: Settings, layers: Sequence[int]) -> tuple[int, int, int] | None:
    """Return the layers in a group and the numbers of full and sliding groups, or None for one plain cache.

    A group has as many layers as there are of the rarer kind; the last group of a kind is padded. Chunked
    layers (Llama 4) stay full size (vLLM source of v0.10.2, read).
    """
    mixed = model.interleaved_attention
    if mixed is None or mixed.kind != "sliding" or not settings.hybrid:
        return None
    period = model.num_hidden_layers // mixed.global_layers
    full = sum((layer + 1) % period == 0 for layer in layers)
    sliding = len(layers) - full
    size = min(full, sliding)
    if not size:
        return None
    return size, -(-full // size), -(-sliding // size)
