"""Attention layers: the fields of a config.json -> heads, window, latent, index, and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.facts.model import Attention, Index, LatentAttention, Linear, Mixer
from r1c.facts.model_config.fields import Text, is_size
from r1c.facts.model_config.layers import Kind, of_type
from r1c.record import record

_LATENT = ("qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim")


@record
class Block:
    """A part of a layer: its mixer if it is one, its linears, and numbers that every rank holds whole."""

    mixer: Mixer | None
    linears: tuple[Linear, ...]
    plain: int = 0
    floats: int = 0


def has_index(text: Text, layer: int) -> bool:
    """Tell whether a layer has an index of its own where its model has one: all that a number decides."""
    sparse = text.get("sparse_attention_config")
    layers = sparse.get("sparse_attention_freq") if isinstance(sparse, Mapping) else None
    if isinstance(layers, list) and layer < len(layers) and not layers[layer]:
        return False
    return not (text.size("index_topk") and _reuses(text, layer))


def attention(text: Text, kind: Kind, *, indexed: bool) -> Block | str:
    """Return an attention layer, or the field that is missing; `indexed` is what `has_index` says of it."""
    hidden = text.size("hidden_size")
    if hidden is None:
        return "hidden_size"
    if text.size("kv_lora_rank"):
        return _latent(text, hidden, indexed=indexed)
    sizes = _sizes(text, kind, hidden)
    if isinstance(sizes, str):
        return sizes
    heads, kv_heads, dim, value = sizes
    window = _window(text, kind)
    if window is None and kind.mixer in ("sliding", "chunked"):
        return "attention_chunk_size" if kind.mixer == "chunked" else "sliding_window"
    index = _block_index(text) if indexed else None
    mixer = Attention(
        heads=heads,
        kv_heads=kv_heads,
        head_dim=dim,
        value_dim=value,
        window=window if kind.mixer != "full" else None,
        chunked=kind.mixer == "chunked",
        index=index,
    )
    bias = _biased(text, "qkv")
    gated = text.get("attn_output_gate")
    gate = 2 if gated is True or (gated is None and of_type("outputGate", text.model_type)) else 1
    linears = [
        Linear("self_attn.q_proj", "attention", hidden, gate * heads * dim, "columns", heads, bias=bias),
        Linear("self_attn.k_proj", "attention", hidden, kv_heads * dim, "columns", kv_heads, bias=bias),
        Linear("self_attn.v_proj", "attention", hidden, kv_heads * value, "columns", kv_heads, bias=bias),
        Linear(
            "self_attn.o_proj",
            "attention",
            heads * value,
            hidden,
            "rows",
            heads,
            bias=_biased(text, "output"),
        ),
    ]
    if text.get("use_head_wise_attn_gate") is True:
        linears.append(Linear("self_attn.g_proj", "attention", hidden, heads, "columns"))
    if of_type("gateProjection", text.model_type):
        width = heads * value
        linears.append(Linear("self_attn.gate_proj", "attention", hidden, width, "columns", heads))
    if index:
        linears += [
            Linear(
                "self_attn.index_q_proj",
                "index",
                hidden,
                index.heads * index.head_dim,
                "columns",
                index.heads,
            ),
            Linear("self_attn.index_k_proj", "index", hidden, index.head_dim, "whole"),
        ]
    return Block(mixer, tuple(linears))


def _sizes(text: Text, kind: Kind, hidden: int) -> tuple[int, int, int, int] | str:
    """Return heads, key/value heads, and the widths of keys and values of a head."""
    heads = text.size("num_attention_heads")
    if heads is None:
        return "num_attention_heads"
    kv_heads = text.size("num_key_value_heads") or heads
    if _single(text):
        kv_heads = 1
    dim = text.size("head_dim")
    value = text.size("v_head_dim")
    if kind.own is not None:
        kv_heads = heads // (kind.own.get("n_heads_in_group") or 1)
    if kind.mixer == "sliding":
        other = text.get("attention_other_setting")
        own: Mapping[str, Any] = other if isinstance(other, Mapping) else {}
        heads = _first(own.get("num_attention_heads"), text.get("swa_num_attention_heads"), heads)
        kv_heads = _first(own.get("num_attention_groups"), text.get("swa_num_key_value_heads"), kv_heads)
        dim = _first(own.get("head_dim"), text.get("swa_head_dim"), dim)
        value = _first(text.get("swa_v_head_dim"), value)
    elif kind.mixer == "full":
        dim = _first(text.get("global_head_dim"), dim)
        kv_heads = _first(text.get("num_global_key_value_heads"), kv_heads)
    if dim is None:
        dim = hidden // heads
    if not dim:
        return "head_dim"
    return heads, kv_heads, dim, value or dim


def _first(*values: Any) -> Any:
    return next((value for value in values if is_size(value)), None)


def _single(text: Text) -> bool:
    """Tell whether a model of an older kind has one key/value head for all."""
    if text.get("new_decoder_architecture") is True:
        return False
    return text.get("multi_query") is True


def _window(text: Text, kind: Kind) -> int | None:
    return text.size("attention_chunk_size" if kind.mixer == "chunked" else "sliding_window")


def _biased(text: Text, what: str) -> bool:
    if of_type("biased", text.model_type, what):
        return True
    if what == "qkv":
        return any(text.get(key) is True for key in ("attention_bias", "qkv_bias", "add_qkv_bias"))
    return text.get("attention_bias") is True and text.model_type in ("llama", "gpt_oss")


def _latent(text: Text, hidden: int, *, indexed: bool) -> Block | str:
    heads = text.size("num_attention_heads")
    for key in ("num_attention_heads", *_LATENT):
        if text.size(key) is None:
            return key
    rope, nope, value = (text.size(key) or 0 for key in _LATENT)
    latent, query = text.size("kv_lora_rank") or 0, text.size("q_lora_rank")
    heads = heads or 0
    index = _index(text) if indexed else None
    if isinstance(index, str):
        return index
    mixer = LatentAttention(
        heads=heads,
        kv_lora_rank=latent,
        qk_rope_head_dim=rope,
        qk_nope_head_dim=nope,
        v_head_dim=value,
        q_lora_rank=query,
        index=index,
    )
    width = heads * (rope + nope)
    queries = (
        (
            Linear("self_attn.q_a_proj", "attention", hidden, query, "whole"),
            Linear("self_attn.q_b_proj", "attention", query, width, "columns", heads),
        )
        if query
        else (Linear("self_attn.q_proj", "attention", hidden, width, "columns", heads),)
    )
    linears = [
        *queries,
        Linear("self_attn.kv_a_proj_with_mqa", "attention", hidden, latent + rope, "whole"),
        Linear("self_attn.kv_b_proj", "attention", latent, heads * (nope + value), "columns", heads),
        Linear("self_attn.o_proj", "attention", heads * value, hidden, "rows", heads),
    ]
    if text.get("mla_use_output_gate") is True:
        linears.append(Linear("self_attn.g_proj", "attention", hidden, heads * value, "columns", heads))
    floats = 0
    if index:
        into = query or hidden
        linears += [
            Linear("self_attn.indexer.wq_b", "index", into, index.heads * index.head_dim, "whole"),
            Linear("self_attn.indexer.wk", "plain", hidden, index.head_dim + index.heads, "whole"),
        ]
        floats = 2 * index.head_dim
    return Block(mixer, tuple(linears), (query or 0) + latent, floats)


def _index(text: Text) -> Index | str | None:
    """Return the index of DeepSeek's sparse attention."""
    if not text.size("index_topk"):
        return None
    heads, dim = text.size("index_n_heads"), text.size("index_head_dim")
    if heads is None or dim is None:
        return "index_n_heads" if heads is None else "index_head_dim"
    return Index(heads=heads, head_dim=dim)


def _reuses(text: Text, layer: int) -> bool:
    """Tell whether a layer reuses the result of an earlier layer's index (vLLM, deepseek_v2.py)."""
    kinds, pattern = text.listed("indexer_types"), text.get("index_topk_pattern")
    if kinds is not None and layer < len(kinds):
        return bool(kinds[layer] == "shared")
    if isinstance(pattern, str) and layer < len(pattern):
        return pattern[layer] == "S"
    every, offset = text.size("index_topk_freq") or 1, text.get("index_skip_topk_offset")
    first = offset if isinstance(offset, int) else 2
    return max(layer - first + 1, 0) % every != 0


def _block_index(text: Text) -> Index | None:
    """Return the index of MiniMax's attention to blocks."""
    config = text.get("sparse_attention_config")
    if not isinstance(config, Mapping) or config.get("use_sparse_attention") is not True:
        return None
    heads, dim = config.get("sparse_num_index_heads"), config.get("sparse_index_dim")
    if not is_size(heads) or not is_size(dim):
        return None
    return Index(heads=int(heads), head_dim=int(dim), kind="blocks")
