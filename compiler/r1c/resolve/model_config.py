"""A model's config.json, as data -> its Architecture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from r1c import surrogates
from r1c.facts.model import (
    PARTS,
    Architecture,
    Experts,
    InterleavedAttention,
    LatentAttention,
    Part,
    Quantization,
)
from r1c.record import record

_NEEDED = (
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
)
_LATENT = ("kv_lora_rank", "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim")
_EXPERTS = ("n_routed_experts", "num_local_experts", "num_experts")
_CHOSEN = ("num_experts_per_tok", "experts_per_token", "moe_topk")
_TIED_BY_DEFAULT = ("gemma", "gemma2", "gemma3", "gemma3_text")
_LONGER_BY_FACTOR = ("yarn", "linear", "dynamic")
_SENSES = ("vision_config", "audio_config", "vision_tower", "mm_vision_tower")
"""Keys of a config.json whose model takes images or sound."""
_MOST, _MOST_LAYERS = 2**31, 10_000
_BESIDES = ("linear_attention", "mamba", "recurrent")


@record
class Fault:
    """Why a config.json cannot be used, and what to do."""

    message: str
    help: str


def architecture(id_: str, config: Mapping[str, Any]) -> Architecture | Fault:
    """Return the architecture that a config.json describes, or what it lacks.

    The language model of a multimodal config is under text_config. Keys that have a default in every
    model family (key-value heads, head size) may be absent.
    """
    inner = config.get("text_config")
    text = {**config, **inner} if isinstance(inner, Mapping) else dict(config)
    latent = text.get("kv_lora_rank") is not None
    needed = _NEEDED + (_LATENT if latent else ())
    if _count(text, _EXPERTS):
        needed = needed if _count(text, _CHOSEN) else (*needed, "num_experts_per_tok")
        text.setdefault("intermediate_size", text.get("moe_intermediate_size"))
    lacking = [key for key in needed if not _is_size(text.get(key))]
    if not lacking and text["num_hidden_layers"] > _MOST_LAYERS:
        lacking = ["num_hidden_layers"]
    if not lacking and text["num_attention_heads"] > text["hidden_size"]:
        lacking = ["num_attention_heads"]
    if lacking:
        return Fault(
            f"the config.json of {id_} is incomplete: {', '.join(lacking)} missing or not a positive number",
            "give the complete config.json of the model's repository",
        )
    layers, heads = text["num_hidden_layers"], text["num_attention_heads"]
    return Architecture(
        id=id_,
        place="spec.model.config",
        architectures=_names(config.get("architectures")),
        model_type=str(text.get("model_type") or ""),
        num_hidden_layers=layers,
        hidden_size=text["hidden_size"],
        num_attention_heads=heads,
        num_key_value_heads=_size(text, "num_key_value_heads", heads),
        head_dim=_size(text, "head_dim", text["hidden_size"] // heads),
        intermediate_size=text["intermediate_size"],
        intermediate_size_mlp=_size(text, "intermediate_size_mlp", 0) or None,
        vocab_size=text["vocab_size"],
        max_position_embeddings=_positions(text),
        rope_type=_rope(text),
        tie_word_embeddings=bool(text.get("tie_word_embeddings", text.get("model_type") in _TIED_BY_DEFAULT)),
        mla=_latent(text) if latent else None,
        moe=_moe(text),
        multimodal=any(key in config for key in _SENSES),
        checkpoint_weight_dtype=str(text.get("torch_dtype") or text.get("dtype") or "bfloat16"),
        quantization=_quantization(config.get("quantization_config") or text.get("quantization_config")),
        interleaved_attention=_interleaved(text),
        unsized=_unsized(text),
        remote_code=_code(config.get("auto_map")),
    )


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _MOST


def _size(text: Mapping[str, Any], key: str, otherwise: int) -> int:
    value: Any = text.get(key)
    return int(value) if _is_size(value) else otherwise


def _names(value: Any) -> tuple[str, ...]:
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, list) else ()


def _count(text: Mapping[str, Any], keys: tuple[str, ...]) -> int:
    return next((text[key] for key in keys if _is_size(text.get(key))), 0)


def _positions(text: Mapping[str, Any]) -> int:
    """Return the length that vLLM derives: scaled rotary embeddings (yarn, linear, dynamic) multiply it."""
    positions = int(text["max_position_embeddings"])
    scaling = text.get("rope_scaling") or text.get("rope_parameters")
    if not isinstance(scaling, Mapping):
        return positions
    kind, factor = scaling.get("rope_type") or scaling.get("type"), scaling.get("factor")
    if kind not in _LONGER_BY_FACTOR or not isinstance(factor, int | float) or not 1 <= factor < _MOST:
        return positions
    whole = _size(scaling, "original_max_position_embeddings", positions) if kind == "yarn" else positions
    return int(whole * factor)


def _rope(text: Mapping[str, Any]) -> str | None:
    scaling = text.get("rope_scaling") or text.get("rope_parameters")
    kind = (scaling.get("rope_type") or scaling.get("type")) if isinstance(scaling, Mapping) else None
    return kind if isinstance(kind, str) else None


def _latent(text: Mapping[str, Any]) -> LatentAttention:
    query = text.get("q_lora_rank")
    return LatentAttention(
        **{name: text[name] for name in _LATENT}, q_lora_rank=query if _is_size(query) else None
    )


def _moe(text: Mapping[str, Any]) -> Experts | None:
    experts = _count(text, _EXPERTS)
    if experts < 2:
        return None
    width = _size(text, "moe_intermediate_size", text["intermediate_size"])
    shared = _size(text, "n_shared_experts", 1 if "llama4" in str(text.get("model_type")) else 0)
    shared_width = _size(text, "shared_expert_intermediate_size", 0)
    return Experts(
        n_routed_experts=experts,
        num_experts_per_tok=_count(text, _CHOSEN),
        moe_intermediate_size=width,
        n_shared_experts=-(-shared_width // width) if shared_width else shared,
        first_k_dense_replace=_size(text, "first_k_dense_replace", 0),
        interleave_moe_layer_step=_size(
            text, "interleave_moe_layer_step", _size(text, "decoder_sparse_step", 1)
        ),
    )


def _quantization(config: Any) -> Quantization | None:
    if not isinstance(config, Mapping):
        return None
    method = declared = str(config.get("quant_method") or "unknown")
    if method == "compressed-tensors":
        return _compressed(config)
    if method in ("modelopt", "modelopt_fp4"):
        method = {"FP8": "fp8", "NVFP4": "nvfp4"}.get(str(config.get("quant_algo")), method)
    if method in ("awq", "gptq") and config.get("bits", 4) != 4:
        method = f"{method} {config['bits']}-bit"
    written = config.get("weight_block_size")
    blocks = tuple(written) if isinstance(written, list) and all(map(_is_size, written)) else ()
    parts: Mapping[str, tuple[Part, ...]] = {"mxfp4": ("experts",), "fbgemm_fp8": ("dense",)}
    return Quantization(
        method,
        declared,
        weight_block_size=blocks if len(blocks) == 2 else (),
        group_size=_size(config, "group_size", 0) or None,
        parts=parts.get(method, PARTS),
        end_layers=method != "fbgemm_fp8",
    )


def _compressed(config: Mapping[str, Any]) -> Quantization:
    """Read the one group of a compressed-tensors config: bits, kind, and whether attention is left out."""
    groups = config.get("config_groups")
    group: Any = next(iter(groups.values()), {}) if isinstance(groups, Mapping) else {}
    stored: Any = group.get("weights") if isinstance(group, Mapping) else None
    stored = stored if isinstance(stored, Mapping) else {}
    known = {"float 8": "fp8", "int 8": "int8", "int 4": "int4"}
    kind = known.get(f"{stored.get('type')} {stored.get('num_bits')}", "of unknown bits")
    skipped = config.get("ignore")
    kept = isinstance(skipped, list) and any("self_attn" in str(pattern) for pattern in skipped)
    without = tuple(part for part in PARTS if part != "attention")
    return Quantization(f"compressed-tensors {kind}", "compressed-tensors", parts=without if kept else PARTS)


def _interleaved(text: Mapping[str, Any]) -> InterleavedAttention | None:
    """Read which layers keep a window only; vLLM sizes a model with one window for all layers as it likes."""
    layers, window = text["num_hidden_layers"], text.get("sliding_window")
    kinds = text.get("layer_types")
    if not _is_size(window):
        return None
    if isinstance(kinds, list):
        whole = sum(kind == "full_attention" for kind in kinds)
    else:
        pattern = _size(text, "sliding_window_pattern", layers + 1)
        whole = layers // pattern
    if not 0 < whole < layers:
        return None
    return InterleavedAttention("sliding", int(text["sliding_window"]), whole)


def _unsized(text: Mapping[str, Any]) -> str | None:
    kinds = text.get("layer_types")
    if isinstance(kinds, list) and any(kind in _BESIDES for kind in kinds):
        return "its layers keep a state instead of a KV cache"
    if text.get("index_topk"):
        return "its sparse attention keeps an index beside the KV cache"
    return None


def _code(auto_map: Any) -> tuple[str, ...]:
    """Return what the repository's own code reads (AutoConfig, AutoTokenizer ...)."""
    if not isinstance(auto_map, Mapping):
        return ()
    return tuple(sorted(name for name in auto_map if isinstance(name, str)))


def load(path: str, raw: bytes) -> dict[str, Any] | Fault:
    """Read a config.json; a file that is none gives the reason."""
    try:
        config = json.loads(raw)
    except (ValueError, RecursionError):
        return Fault(f"{path} is not JSON", "give the path of the config.json of the model's repository")
    if not isinstance(config, dict):
        return Fault(f"{path} is not a JSON object", "name the model's config.json as its repository has it")
    half = surrogates.half_in(config)
    if half:
        return Fault(f"{path} holds {half}, half of a UTF-16 pair and no character", "remove it")
    return config
