"""What is known of a model: the sizes of its config.json that checks and estimates need, and its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from r1c.facts.entry import fill
from r1c.record import named_record, record

Part = Literal["attention", "dense", "shared", "experts"]
PARTS: tuple[Part, ...] = ("attention", "dense", "shared", "experts")
"""The parts of a layer that can be quantised or not."""


@named_record
class LatentAttention:
    """The sizes of multi-head latent attention; without `q_lora_rank` queries are not compressed."""

    kv_lora_rank: int
    qk_rope_head_dim: int
    qk_nope_head_dim: int
    v_head_dim: int
    q_lora_rank: int | None = None


@named_record
class Experts:
    """The experts of a layer: routed ones, of which a token chooses some, and shared ones, all of one width.

    The first `first_k_dense_replace` layers have none; after them every `interleave_moe_layer_step`-th has.
    """

    n_routed_experts: int
    num_experts_per_tok: int
    moe_intermediate_size: int
    n_shared_experts: int
    first_k_dense_replace: int
    interleave_moe_layer_step: int = 1


@record
class Quantization:
    """How the checkpoint's weights are stored.

    `method` is with its bits, `declared` as config.json has it; `weight_block_size` are the sides of a block
    with one scale, `group_size` the inputs of a group with one scale; `parts` are quantised, those of the
    first and the last layer only where `end_layers` is true.
    """

    method: str
    declared: str
    weight_block_size: tuple[int, ...] = ()
    group_size: int | None = None
    parts: tuple[Part, ...] = PARTS
    end_layers: bool = True


@record
class InterleavedAttention:
    """Layers that attend to everything, and those that keep a window (sliding) or a chunk of tokens only."""

    kind: str
    window: int
    global_layers: int


@named_record
class Architecture:
    """A model by the names of its config.json. `place` is where its sizes are, FILE:LINE or a field.

    `intermediate_size_mlp` is the width of dense layers where it is not that of the experts; `vision_bytes`
    the size of a vision encoder; `multimodal` says that it is known to take more than text; `rope_type` is
    the kind of scaling of its rotary embeddings; `checkpoint_weight_dtype` is as its source names it (bf16 in
    the facts, bfloat16 in a config.json); `gated` says that its licence must be accepted on its page;
    `unverified` is what the facts could not check, and `doubtful` the fields of facts/models.yaml that this
    concerns; `unsized` is why memory cannot be estimated; `remote_code` are the Auto classes (AutoConfig,
    AutoTokenizer ...) for which the repository brings its own code.
    """

    id: str
    place: str
    architectures: tuple[str, ...]
    model_type: str
    num_hidden_layers: int
    hidden_size: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    intermediate_size: int
    intermediate_size_mlp: int | None = None
    vocab_size: int
    max_position_embeddings: int
    rope_type: str | None = None
    tie_word_embeddings: bool
    mla: LatentAttention | None = None
    moe: Experts | None = None
    multimodal: bool = False
    checkpoint_weight_dtype: str = "bfloat16"
    quantization: Quantization | None = None
    interleaved_attention: InterleavedAttention | None = None
    vision_bytes: int = 0
    checkpoint_bytes: int | None = None
    gated: bool = False
    unverified: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    unsized: str | None = None
    remote_code: tuple[str, ...] = ()

    @property
    def dense_size(self) -> int:
        """The width of the MLP of a layer without experts."""
        return self.intermediate_size_mlp or self.intermediate_size


def read(id_: str, place: str, data: Mapping[str, Any]) -> Architecture:
    """Return a model's entry of facts/models.yaml; raises TypeError for what an entry must have."""
    mla, moe, mixed, stored = (
        data.get(name) for name in ("mla", "moe", "interleavedAttention", "quantization")
    )
    return fill(
        Architecture,
        data,
        id=id_,
        place=place,
        mla=fill(LatentAttention, mla) if mla else None,
        moe=fill(Experts, moe) if moe else None,
        interleaved_attention=fill(InterleavedAttention, {"window": 0} | mixed) if mixed else None,
        quantization=_quantization(stored) if stored else None,
        vision_bytes=data["vision"]["bytes"] if "vision" in data else 0,
    )


def _quantization(data: Mapping[str, Any]) -> Quantization:
    method = data["method"]
    return fill(Quantization, data, declared=data.get("declared", method.split(" ")[0]))
