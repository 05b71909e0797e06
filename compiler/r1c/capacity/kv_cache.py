"""A model and the layers of a stage -> the layout of the KV cache on one GPU, and its capacity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from r1c import facts
from r1c.capacity.settings import Settings
from r1c.facts.model import Architecture, Attention, Index, LatentAttention, Layer, State
from r1c.record import record, replace

_LONGEST = 2**40


@record
class Kept:
    """What one layer keeps on a GPU: a `page` of bytes for each block of `block` tokens, or for a state.

    A sequence takes pages for its whole length (full), for the last `window` tokens (sliding), for those of
    its chunk and the batch (chunked), or so many for a state, with prefix caching `checkpoints` more.
    """

    kind: Literal["full", "sliding", "chunked", "state"]
    page: int
    block: int
    window: int = 0
    token: int = 0
    checkpoints: int = 0

    def pages(self, length: int, batched: int, states: int) -> int:
        """Return the pages of a sequence of `length` tokens; the batch of tokens in flight is kept whole."""
        if self.kind == "state":
            return states + (self.checkpoints if states > 1 else 0)
        if self.kind == "full":
            return -(-length // self.block)
        if self.kind == "chunked":
            return -(-min(length, self.window + batched) // self.block)
        # The window may begin in the middle of a block.
        return -(-min(length, self.window - 1 + batched) // self.block) + 1


@record
class Group:
    """Layers that share a table of blocks: what each of them keeps, and how many such groups there are."""

    kept: Kept
    count: int


@record
class Cache:
    """The KV cache of one GPU of a stage.

    A block holds `block` tokens in `block_bytes`; each group of layers takes blocks of its own out of the
    same pool. `token_bytes` is what one token takes in all layers of the stage, and `state_bytes` what a
    sequence takes whatever its length. `by_concurrency` tells that the release logs the sequences times their
    length as the size of the cache, and not the blocks of one group. `spread` are the GPUs that the tokens of
    a sequence are split over.
    """

    block: int
    block_bytes: int
    token_bytes: int
    groups: tuple[Group, ...]
    batched: int
    states: int = 1
    by_concurrency: bool = False
    state_bytes: int = 0
    spread: int = 1

    def tokens(self, pool: int, length: int) -> int:
        """Return the tokens that a pool of bytes holds, as the release logs it for sequences of `length`.

        A pool below 0 bytes holds none.
        """
        if self.by_concurrency:
            return max(0, pool) // self.block_bytes * length // self._blocks(length)
        count = sum(group.count for group in self.groups)
        return max(0, pool) // self.block_bytes // count * self.block

    def sequences(self, pool: int, length: int) -> float:
        """Return how many sequences of `length` tokens a pool holds, as a fraction, as vLLM logs it."""
        return (max(0, pool) // self.block_bytes) / self._blocks(length)

    def longest(self, pool: int) -> int:
        """Return the longest sequence that a pool holds, rounded down to a whole block."""
        blocks = max(0, pool) // self.block_bytes
        most, full = _LONGEST, [group for group in self.groups if group.kept.kind == "full"]
        if full:
            tokens = blocks * max(group.kept.block for group in full) * self.spread
            most = min(most, tokens // sum(group.count for group in full))
        low, high = 0, most // self.block
        if self._blocks(high * self.block) <= blocks:
            return high * self.block
        while low < high:
            middle = (low + high + 1) // 2
            if self._blocks(middle * self.block) <= blocks:
                low = middle
            else:
                high = middle - 1
        return low * self.block

    def _blocks(self, length: int) -> int:
        each = -(-length // self.spread)
        return sum(group.count * group.kept.pages(each, self.batched, self.states) for group in self.groups)


def of_stage(model: Architecture, settings: Settings, tensor: int, layers: Sequence[int]) -> Cache:
    """Return the layout for a stage of at least one layer.

    MLA keeps one latent for all heads, on every rank alike; otherwise KV heads are split over the ranks, at
    least one to each. Decode context parallelism splits the tokens of a sequence over its ranks.
    """
    of_kind = {id(layer): kept(layer, settings, tensor) for layer in model.kinds}
    items = [item for number in layers for item in of_kind[id(model.layers[number])]]
    spread = settings.context_parallel
    token_bytes = -(-sum(item.token for item in items) // spread)
    state_bytes = sum(item.page for item in items if item.kind == "state")
    block_bytes, groups = _groups(items, settings)
    return Cache(
        min(group.kept.block for group in groups) * spread,
        block_bytes,
        token_bytes,
        groups,
        settings.in_flight,
        settings.states,
        settings.logs_concurrency,
        state_bytes,
        spread,
    )


def kept(layer: Layer, settings: Settings, tensor: int) -> Iterable[Kept]:
    """Return what a layer keeps: keys and values, an index beside them, or a state."""
    mixer, block = layer.mixer, settings.block
    if mixer is None:
        return ()
    if isinstance(mixer, State):
        checkpoints = settings.checkpoints if mixer.kind == "mamba2" else 0
        return (Kept("state", _state(mixer, settings, tensor), block, checkpoints=checkpoints),)
    if not isinstance(mixer, Attention):
        if settings.latent_cache:
            token = _latent(mixer, settings)
        else:
            token = (
                2 * -(-mixer.heads // tensor) * facts.memory().mla.padded_head_dim * settings.cache_element
            )
        return (_full(token, block), *_index(mixer.index, settings))
    if mixer.shared:
        return ()
    heads = max(1, mixer.kv_heads // tensor)
    token = heads * (mixer.head_dim + mixer.value_dim) * settings.cache_element
    if mixer.window is None or not settings.hybrid or (mixer.chunked and not settings.chunks):
        return (_full(token, block), *_index(mixer.index, settings))
    kind: Literal["sliding", "chunked"] = "chunked" if mixer.chunked else "sliding"
    return (Kept(kind, token * block, block, mixer.window, token),)


def _full(token: int, block: int) -> Kept:
    return Kept("full", token * block, block, 0, token)


def _latent(mixer: LatentAttention, settings: Settings) -> int:
    """Return the bytes of a token's latent.

    Sparse attention keeps an FP8 one with scales and a bf16 rotary part.
    """
    latent, rope = mixer.kv_lora_rank, mixer.qk_rope_head_dim
    if mixer.index is not None and settings.cache_element == 1:
        return latent + latent // 128 * 4 + 2 * rope
    return (latent + rope) * settings.cache_element


def _index(index: Index | None, settings: Settings) -> tuple[Kept, ...]:
    """Return what an index keeps: one key a token, in FP8 with a scale for every 128 numbers, or in bf16."""
    if index is None:
        return ()
    token = index.head_dim + -(-index.head_dim // 128) * 4 if index.kind == "dsa" else 2 * index.head_dim
    return (_full(token, settings.block),)


def _state(state: State, settings: Settings, tensor: int) -> int:
    """Return the bytes of the state of one sequence; groups are copied where there are fewer than ranks."""
    groups = state.groups if state.groups % tensor == 0 else state.groups + tensor - state.groups
    conv = -(-state.conv // tensor) + -(-groups // tensor) * state.group_conv
    element = settings.state_element or state.element or settings.element
    return conv * settings.element + -(-state.recurrent // tensor) * element


def _groups(kept: Sequence[Kept], settings: Settings) -> tuple[int, tuple[Group, ...]]:
    """Return the bytes of a block and the groups of layers.

    Layers of one kind are one group, whatever their pages. Otherwise all pages are made alike (larger blocks,
    or padding), and each kind is dealt out to groups of as many layers as the rarest kind has; the last group
    of a kind is padded (vLLM, get_kv_cache_groups).
    """
    if not kept:
        return 1, (Group(Kept("state", 1, settings.block), 1),)
    if len({(item.kind, item.window) for item in kept}) == 1:
        return sum(item.page for item in kept), (Group(kept[0], 1),)
    alike = _alike(kept, settings)
    kinds: dict[Kept, int] = {}
    for item in alike:
        kinds[item] = kinds.get(item, 0) + 1
    least, most = min(kinds.values()), max(kinds.values())
    size = most if most < least * settings.group_slack else least
    groups = tuple(Group(item, -(-count // size)) for item, count in kinds.items())
    return alike[0].page * size, groups


def _alike(kept: Sequence[Kept], settings: Settings) -> list[Kept]:
    """Make all pages of one size.

    Attention gets blocks as large as a state, and smaller pages larger blocks or padding.
    """
    states = max((item.page for item in kept if item.kind == "state"), default=0)
    if states:
        token = max(item.token for item in kept)
        step = settings.block_step
        block = max(settings.block, step * -(-states // (step * token)))
        kept = [
            replace(item, page=item.token * block, block=block) if item.kind != "state" else item
            for item in kept
        ]
    most = max(item.page for item in kept)
    return [_raised(item, most) for item in kept]


def _raised(item: Kept, page: int) -> Kept:
    if item.kind != "state" and page % item.page == 0:
        return replace(item, page=page, block=item.block * (page // item.page))
    return replace(item, page=page)
