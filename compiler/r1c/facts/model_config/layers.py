"""The fields of a config.json -> what each layer is: what mixes its tokens, its window, what follows.

facts/model_types.yaml says how vLLM's classes build a layer where config.json does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from r1c.facts.entry import load
from r1c.facts.model_config.fields import Text, is_size
from r1c.record import record

MixerKind = Literal["full", "sliding", "chunked", "linear", "mamba", "conv", "none"]
MlpKind = Literal["dense", "experts", "none"]
MOST_LAYERS = 10_000

_MIXERS: Mapping[str, MixerKind] = {
    "full_attention": "full",
    "attention": "full",
    "full": "full",
    "indexed_attention": "full",
    "deepseek_sparse_attention": "full",
    "sliding_attention": "sliding",
    "sliding_window": "sliding",
    "chunked_attention": "chunked",
    "linear_attention": "linear",
    "mamba": "mamba",
    "mamba2": "mamba",
    "conv": "conv",
    "none": "none",
}
_PATTERN: Mapping[str, tuple[MixerKind, MlpKind]] = {
    "M": ("mamba", "none"),
    "*": ("full", "none"),
    "-": ("none", "dense"),
    "E": ("none", "experts"),
}
_SUBLAYERS: Mapping[str, tuple[MixerKind, MlpKind]] = {
    "mamba": ("mamba", "none"),
    "attention": ("full", "none"),
    "mlp": ("none", "dense"),
    "moe": ("none", "experts"),
    # As transformers 5 writes them.
    "linear_attention": ("mamba", "none"),
    "full_attention": ("full", "none"),
}


@record
class Kind:
    """One layer: its mixer, its MLP, and what a per-layer list of the file says of it (block_configs)."""

    mixer: MixerKind
    mlp: MlpKind
    own: Mapping[str, Any] | None = None


def kinds(text: Text, *, moe: bool) -> tuple[Kind, ...] | str:
    """Return each layer of a model, or the field that cannot be read."""
    for key in ("hybrid_override_pattern", "layers_block_type"):
        value = text.get(key)
        if text.model_type.startswith("nemotron_h") and value:
            return _sublayers(value, key)
    blocks = text.listed("block_configs")
    if blocks:
        return _blocks(blocks)
    layers = text.size("num_hidden_layers")
    if layers is None or layers > MOST_LAYERS:
        return "num_hidden_layers"
    mixers = _mixers(text, layers)
    if isinstance(mixers, str):
        return mixers
    dense: Sequence[MlpKind] = ["dense"] * layers
    mlps = _mlps(text, layers) if moe else dense
    if isinstance(mlps, str):
        return mlps
    return tuple(Kind(mixer, mlp) for mixer, mlp in zip(mixers, mlps, strict=True))


def _sublayers(value: Any, key: str) -> tuple[Kind, ...] | str:
    """Read a Nemotron-H model, whose layers are either a mixer or an MLP."""
    if not isinstance(value, str | list):
        return key
    table = _PATTERN if isinstance(value, str) else _SUBLAYERS
    found = [table.get(item) if isinstance(item, str) else None for item in value]
    pairs = [pair for pair in found if pair is not None]
    if len(pairs) != len(found) or len(pairs) > MOST_LAYERS:
        return key
    return tuple(Kind(*pair) for pair in pairs)


def _blocks(blocks: list[Any]) -> tuple[Kind, ...] | str:
    """Read a model that a search cut down: each layer has or lacks attention, and an MLP of its own width."""
    result = []
    for block in blocks[: MOST_LAYERS + 1]:
        attention, ffn = (_part(block, key) for key in ("attention", "ffn"))
        if attention is None or ffn is None or attention.get("replace_with_linear") or ffn.get("moe"):
            return "block_configs"
        mixer: MixerKind = "none" if attention.get("no_op") else "full"
        mlp: MlpKind = "none" if ffn.get("no_op") else "dense"
        result.append(Kind(mixer, mlp, {**attention, **ffn}))
    return tuple(result)


def _part(block: Any, key: str) -> Mapping[str, Any] | None:
    part = block.get(key) if isinstance(block, Mapping) else None
    return part if isinstance(part, Mapping) else None


def _mixers(text: Text, layers: int) -> Sequence[MixerKind] | str:
    listed = _listed(text, layers)
    if listed is not None:
        return listed
    linear = text.get("linear_attn_config")
    if isinstance(linear, Mapping) and isinstance(linear.get("kda_layers"), list):
        return ["linear" if layer + 1 in linear["kda_layers"] else "full" for layer in range(layers)]
    period, offset = text.size("attn_layer_period"), text.get("attn_layer_offset")
    if period and isinstance(offset, int):
        return ["full" if layer % period == offset else "mamba" for layer in range(layers)]
    if text.listed("full_attn_idxs") is not None and text.size("conv_L_cache"):
        whole = text.listed("full_attn_idxs") or []
        return ["full" if layer in whole else "conv" for layer in range(layers)]
    return _windowed(text, layers)


def _listed(text: Text, layers: int) -> Sequence[MixerKind] | str | None:
    """Read the lists that name each layer's mixer; None where there are none."""
    numbers = text.listed("hybrid_layer_pattern")
    if numbers is not None:
        return _numbered(numbers, layers, "hybrid_layer_pattern", "full", "sliding")
    numbers = text.listed("attn_type_list")
    if numbers is not None:
        return _numbered(numbers, layers, "attn_type_list", "linear", "full")
    for key in ("layer_types", "layers_block_type"):
        named = text.listed(key)
        if named is None:
            continue
        found = [_MIXERS.get(item) if isinstance(item, str) else None for item in named[:layers]]
        mixers = [item for item in found if item is not None]
        if len(mixers) != layers:
            return key
        if "sliding" in mixers and not _window(text):
            return ["full" if item == "sliding" else item for item in mixers]
        return mixers
    return None


def _numbered(
    numbers: list[Any], layers: int, key: str, zero: MixerKind, one: MixerKind
) -> Sequence[MixerKind] | str:
    if len(numbers) < layers or any(number not in (0, 1) for number in numbers):
        return key
    return [one if number else zero for number in numbers[:layers]]


def _windowed(text: Text, layers: int) -> Sequence[MixerKind] | str:
    """Return the layers of a model without a list: by its type's order, or its window on all or some."""
    order = text.order
    pattern = text.get("sliding_window_pattern")
    if order and "sliding_attention" in order and is_size(pattern):
        order = ("sliding_attention",) * (pattern - 1) + ("full_attention",)
    every = text.size("full_attention_interval")
    if order and "linear_attention" in order and every:
        order = ("linear_attention",) * (every - 1) + ("full_attention",)
    if order:
        found = [_MIXERS.get(order[layer % len(order)]) for layer in range(layers)]
        mixers = [item for item in found if item is not None]
        if len(mixers) != layers:
            return "layer_types"
        return mixers if _window(text) else ["full" if item == "sliding" else item for item in mixers]
    if not _window(text):
        return ["full"] * layers
    if is_size(pattern):
        return ["full" if (layer + 1) % pattern == 0 else "sliding" for layer in range(layers)]
    return ["sliding"] * layers


def _window(text: Text) -> int | None:
    return None if text.get("use_sliding_window") is False else text.size("sliding_window")


def _mlps(text: Text, layers: int) -> Sequence[MlpKind] | str:
    """Tell which layers have experts; each family has its own way to say it."""
    named = text.listed("mlp_layer_types")
    if named is not None:
        if len(named) < layers or not all(item in ("dense", "sparse") for item in named):
            return "mlp_layer_types"
        return ["experts" if item == "sparse" else "dense" for item in named[:layers]]
    numbers = text.listed("moe_layer_freq")
    if numbers is not None:
        if len(numbers) < layers or not all(item in (0, 1, True, False) for item in numbers):
            return "moe_layer_freq"
        return ["experts" if item else "dense" for item in numbers[:layers]]
    chosen = _chosen(text, layers)
    return ["experts" if layer in chosen else "dense" for layer in range(layers)]


def _chosen(text: Text, layers: int) -> set[int]:
    """Return the layers with experts where the file gives a rule for them."""
    numbers = text.get("moe_layers_enum")
    if isinstance(numbers, str):
        return {int(item) for item in numbers.split(",") if item.strip().isdecimal() and len(item) < 9}
    listed = text.listed("moe_layers")
    if listed is not None:
        return {item for item in listed if isinstance(item, int)}
    period, offset = text.size("expert_layer_period"), text.get("expert_layer_offset")
    if period and isinstance(offset, int):
        return {layer for layer in range(layers) if layer % period == offset}
    first = text.size("first_k_dense_replace") or text.size("num_dense_layers") or 0
    last = layers - 1
    start = text.get("moe_layer_start_index")
    if isinstance(start, int):
        first = max(first, start)
        end = text.get("moe_layer_end_index")
        last = end if isinstance(end, int) and end >= 0 else last
    after = text.size("moe_layer_interval") or text.size("decoder_sparse_step")
    after = after or text.size("interleave_moe_layer_step") or 1
    from_zero = text.size("moe_layer_freq") or 1
    dense = text.listed("mlp_only_layers") or []
    return {
        layer
        for layer in range(first, min(last, layers - 1) + 1)
        if (layer + 1) % after == 0 and layer % from_zero == 0 and layer not in dense
    }


def _table() -> Mapping[str, Any]:
    data: Mapping[str, Any] = load("tables", "model_types.json")["data"]
    return data


def of_type(entry: str, model_type: str, key: str = "types") -> bool:
    """Tell whether a model type is in a list of an entry."""
    return model_type in _table()[entry][key]


def unread(model_type: str) -> str | None:
    """Return why a model type is not sized, None for one that is."""
    why = _table()["unread"].get(model_type)
    return why if model_type not in ("source", "date") else None


def unread_fields() -> Mapping[str, str]:
    """Return fields that change a model's memory in a way that r1c does not size yet, and what that is."""
    return {key: why for key, why in _table()["unreadFields"].items() if key not in ("source", "date")}
