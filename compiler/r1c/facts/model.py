"""What is known of a model: its layers as its config.json describes them, and its bytes."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from r1c.record import named_record, record

Part = Literal["attention", "dense", "shared", "experts", "recurrent", "index", "plain"]
"""What a linear belongs to; "plain" is what no release quantises (convolutions, gates of a head)."""
Split = Literal["columns", "rows", "whole"]
"""How tensor parallelism cuts a linear: by its outputs, by its inputs, or not at all."""


@record
class Stored:
    """How the weights of a linear are stored.

    `bits` each, and `scale` bits for every block of `rows` outputs by `group` inputs; 0 means all of them.
    `method` is its name in facts/memory.yaml.
    """

    method: str
    bits: int
    scale: int = 0
    group: int = 0
    rows: int = 1

    def bytes(self, inputs: int, outputs: int) -> int:
        """Return the bytes of a matrix."""
        groups = -(-inputs // self.group) if self.group else 1
        blocks = groups * (-(-outputs // self.rows) if self.rows else 1)
        return -(-(inputs * outputs * self.bits + blocks * self.scale) // 8)


@record
class Linear:
    """A matrix of a layer, or `count` alike (experts), by its name in the checkpoint.

    Tensor parallelism deals out `units` (heads) whole, the same one to several ranks where there are fewer.
    `stored` is None for weights of the model's dtype; `bias` tells whether each output has a number more.
    """

    name: str
    part: Part
    inputs: int
    outputs: int
    split: Split
    units: int = 0
    count: int = 1
    bias: bool = False
    stored: Stored | None = None


@named_record
class Attention:
    """Attention whose keys and values are cached for each head; a layer with `shared` reads another's cache.

    With `window` a token sees so many tokens only: the last ones, or those of its chunk.
    """

    heads: int
    kv_heads: int
    head_dim: int
    value_dim: int
    window: int | None = None
    chunked: bool = False
    shared: bool = False
    index: Index | None = None


@named_record
class Index:
    """What sparse attention keeps to find the tokens that count: one key of `head_dim` for each token."""

    heads: int
    head_dim: int
    kind: Literal["dsa", "blocks"] = "dsa"


@named_record
class LatentAttention:
    """Multi-head latent attention; without `q_lora_rank` queries are not compressed."""

    heads: int
    kv_lora_rank: int
    qk_rope_head_dim: int
    qk_nope_head_dim: int
    v_head_dim: int
    q_lora_rank: int | None = None
    index: Index | None = None


@named_record
class State:
    """A layer that keeps a state of one size for each sequence.

    `conv` numbers of the model's dtype and `recurrent` numbers of the state's, both split over `heads`.
    `element` is the bytes of a number of the state, None for the model's dtype.
    """

    kind: Literal["mamba", "mamba2", "gated_delta", "kimi_delta", "lightning", "short_conv"]
    heads: int
    conv: int
    recurrent: int
    element: int | None = None
    groups: int = 0
    group_conv: int = 0


@record
class Dense:
    """An MLP of this width."""

    width: int


@named_record
class Experts:
    """Routed experts of one width, of which a token chooses some, and a shared one of `shared_width`."""

    n_routed_experts: int
    num_experts_per_tok: int
    moe_intermediate_size: int
    shared_width: int = 0
    dense_width: int = 0


Mixer = Attention | LatentAttention | State


@record
class Layer:
    """One layer: what mixes tokens, what follows it, and its weights.

    `plain` numbers of the model's dtype and `floats` of 4 bytes are whole on every rank (norms, routers).
    """

    mixer: Mixer | None
    mlp: Dense | Experts | None
    linears: tuple[Linear, ...] = ()
    plain: int = 0
    floats: int = 0


@record
class Quantization:
    """How a checkpoint is quantised.

    The method with its bits, the method as config.json declares it, the sides of a block that has one scale,
    and the inputs of a group that has one. `bits` are those of AWQ and GPTQ weights; `named` is False for a
    quantization_config that names its algorithm alone.
    """

    method: str
    declared: str
    weight_block_size: tuple[int, ...] = ()
    group_size: int | None = None
    bits: int | None = None
    named: bool = True


@named_record
class Architecture:
    """A model by the names of its config.json. `place` is where its sizes are, FILE:LINE or a field.

    A size that its config.json does not give, and that its model type has no default for, is None, and
    `missing` says what that is; without all of them there are no `layers`. Layers that are alike are one
    object, and `kinds` has each once. `head` is the format of the lm_head, None for the model's dtype;
    `vision_bytes` and `checkpoint_bytes` are the sizes of the encoders and of the files of the weights;
    `multimodal` says that it is known to take more than text; `rope_type` is the scaling of its rotary
    embeddings; `checkpoint_weight_dtype` is as its source names it (bf16 in the facts, bfloat16 in a
    config.json); `gated` says that its licence must be accepted on its page; `unverified` is what the facts
    could not check, and `doubtful` the fields of its entry that this concerns; `unsized` is why its weights
    cannot be estimated; `remote_code` are the Auto classes (AutoConfig, AutoTokenizer ...) for which the
    repository brings its own code.
    """

    id: str
    place: str
    architectures: tuple[str, ...]
    model_type: str
    hidden_size: int | None
    vocab_size: int | None
    max_position_embeddings: int | None
    num_hidden_layers: int | None
    layers: tuple[Layer, ...] = ()
    kinds: tuple[Layer, ...] = ()
    missing: tuple[str, ...] = ()
    rope_type: str | None = None
    rotary_dim: int = 0
    tie_word_embeddings: bool = False
    multimodal: bool = False
    checkpoint_weight_dtype: str = "bfloat16"
    quantization: Quantization | None = None
    head: Stored | None = None
    vision_bytes: int = 0
    checkpoint_bytes: int | None = None
    gated: bool = False
    unverified: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    unsized: str | None = None
    remote_code: tuple[str, ...] = ()

    @cached_property
    def heads(self) -> tuple[int, ...]:
        """The numbers of heads that tensor parallelism must divide, each once."""
        return tuple(dict.fromkeys(layer.mixer.heads for layer in self.kinds if layer.mixer))

    @cached_property
    def kv_heads(self) -> tuple[int, ...]:
        """The numbers of key/value heads, each once; MLA and layers with a state have none."""
        mixers = (layer.mixer for layer in self.kinds)
        return tuple(dict.fromkeys(item.kv_heads for item in mixers if isinstance(item, Attention)))

    @cached_property
    def mla(self) -> LatentAttention | None:
        """The latent attention of its layers, None where keys and values are cached for each head."""
        mixers = (layer.mixer for layer in self.kinds)
        return next((item for item in mixers if isinstance(item, LatentAttention)), None)

    @cached_property
    def moe(self) -> Experts | None:
        """The experts of its layers, None for a dense model."""
        return next((layer.mlp for layer in self.kinds if isinstance(layer.mlp, Experts)), None)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """The widths of the MLPs that are not experts, each once."""
        return tuple(dict.fromkeys(layer.mlp.width for layer in self.kinds if isinstance(layer.mlp, Dense)))

    @cached_property
    def blocked(self) -> tuple[tuple[Part, int], ...]:
        """The parts and inputs of the linears cut by their inputs that are stored in blocks of rows, once."""
        linears = [linear for layer in self.kinds for linear in layer.linears if linear.split == "rows"]
        stored = [linear for linear in linears if linear.stored and linear.stored.rows > 1]
        return tuple(dict.fromkeys((linear.part, linear.inputs) for linear in stored))
