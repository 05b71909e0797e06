"""Layers that keep a state instead of a KV cache: fields of a config.json -> state and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.facts.model import Linear, State
from r1c.facts.model_config.attention import Block
from r1c.facts.model_config.fields import Text, is_size
from r1c.facts.model_config.layers import of_type

_ELEMENTS = {"float32": 4, "bfloat16": 2, "float16": 2}
_MAMBA2: Mapping[str, tuple[str, ...]] = {
    "heads": ("mamba_num_heads", "mamba_n_heads"),
    "dim": ("mamba_head_dim", "mamba_d_head"),
    "groups": ("n_groups", "mamba_n_groups"),
    "state": ("ssm_state_size", "mamba_d_state"),
    "kernel": ("conv_kernel", "mamba_d_conv"),
}


def linear_attention(text: Text) -> Block | str:
    """Return a layer of linear attention, or the field that is missing."""
    if isinstance(text.get("linear_attn_config"), Mapping):
        return _kimi_delta(text)
    if text.listed("attn_type_list") is not None:
        return _lightning(text)
    if not text.size("linear_num_key_heads") and _any(text, _MAMBA2["heads"]):
        return mamba(text)  # as transformers 5 calls its layers
    return _gated_delta(text)


def _gated_delta(text: Text) -> Block | str:
    keys = (
        "hidden_size",
        "linear_num_key_heads",
        "linear_key_head_dim",
        "linear_num_value_heads",
        "linear_value_head_dim",
        "linear_conv_kernel_dim",
    )
    sizes = _sizes(text, keys)
    if isinstance(sizes, str):
        return sizes
    hidden, key_heads, key_dim, heads, value_dim, kernel = sizes
    key, value = key_heads * key_dim, heads * value_dim
    mixed = 2 * key + value
    linears = (
        Linear("linear_attn.in_proj_qkv", "recurrent", hidden, mixed, "columns"),
        Linear("linear_attn.in_proj_z", "recurrent", hidden, value, "columns"),
        Linear("linear_attn.in_proj_ba", "plain", hidden, 2 * heads, "columns"),
        Linear("linear_attn.conv1d", "plain", kernel, mixed, "columns"),
        Linear("linear_attn.dt_bias", "plain", 3, heads, "columns"),
        Linear("linear_attn.out_proj", "recurrent", value, hidden, "rows"),
    )
    state = State(
        kind="gated_delta",
        heads=heads,
        conv=mixed * (kernel - 1),
        recurrent=heads * value_dim * key_dim,
        element=_element(text),
        groups=key_heads,
    )
    return Block(state, linears, value_dim)


def _kimi_delta(text: Text) -> Block | str:
    config: Any = text.get("linear_attn_config")
    heads, dim, kernel = (config.get(key) for key in ("num_heads", "head_dim", "short_conv_kernel_size"))
    hidden = text.size("hidden_size")
    if hidden is None or not (is_size(heads) and is_size(dim) and is_size(kernel)):
        return "linear_attn_config"
    width = heads * dim
    full = config.get("use_full_rank_gate") is True
    gates = (
        (Linear("self_attn.g_proj", "recurrent", hidden, width, "columns", heads),)
        if full
        else (
            Linear("self_attn.g_a_proj", "recurrent", hidden, dim, "whole"),
            Linear("self_attn.g_b_proj", "recurrent", dim, width, "columns", heads),
        )
    )
    linears = (
        *(
            Linear(f"self_attn.{name}_proj", "recurrent", hidden, width, "columns", heads)
            for name in ("q", "k", "v")
        ),
        Linear("self_attn.f_a_proj", "recurrent", hidden, dim, "whole"),
        Linear("self_attn.f_b_proj", "recurrent", dim, width, "columns", heads),
        Linear("self_attn.b_proj", "recurrent", hidden, heads, "columns"),
        *gates,
        Linear("self_attn.conv1d", "plain", kernel, 3 * width, "columns", heads),
        Linear("self_attn.dt_bias", "plain", 2, width, "columns", heads),
        Linear("self_attn.o_proj", "recurrent", width, hidden, "rows", heads),
    )
    state = State(
        kind="kimi_delta",
        heads=heads,
        conv=3 * width * (kernel - 1),
        recurrent=width * dim,
        element=4,
    )
    return Block(state, linears, dim, heads)


def _lightning(text: Text) -> Block | str:
    sizes = _sizes(text, ("hidden_size", "num_attention_heads"))
    if isinstance(sizes, str):
        return sizes
    hidden, heads = sizes
    dim = text.size("head_dim") or hidden // heads
    width = heads * dim
    linears = (
        Linear("self_attn.qkv_proj", "recurrent", hidden, 3 * width, "columns", heads),
        Linear("self_attn.output_gate", "recurrent", hidden, width, "columns", heads),
        Linear("self_attn.norm", "plain", 1, width, "columns", heads),
        Linear("self_attn.out_proj", "recurrent", width, hidden, "rows", heads),
    )
    state = State(kind="lightning", heads=heads, conv=0, recurrent=width * dim, element=4)
    return Block(state, linears)


def mamba(text: Text) -> Block | str:
    """Return a Mamba layer of either version, or the field that is missing."""
    if text.size("mamba_dt_rank") or text.get("mamba_dt_rank") == "auto":
        return _mamba1(text)
    found = {name: _any(text, keys) for name, keys in _MAMBA2.items()}
    hidden = text.size("hidden_size")
    lacking = next((_MAMBA2[name][0] for name, value in found.items() if value is None), None)
    if lacking or hidden is None:
        return lacking or "hidden_size"
    heads, dim, groups, state, kernel = (value or 0 for value in found.values())
    inner, grouped = heads * dim, groups * state
    linears = (
        Linear("mixer.in_proj", "recurrent", hidden, 2 * inner + heads, "columns", heads),
        Linear("mixer.in_proj", "recurrent", hidden, 2 * grouped, "columns", groups),
        Linear("mixer.conv1d", "plain", kernel + 1, inner, "columns", heads),
        Linear("mixer.conv1d", "plain", kernel + 1, 2 * grouped, "columns", groups),
        # A and D are float32, the time step's bias is not; the norm is cut like the inner width.
        Linear("mixer.A", "plain", 4, heads, "columns"),
        Linear("mixer.norm", "plain", 1, inner, "columns", heads),
        Linear("mixer.out_proj", "recurrent", inner, hidden, "rows", heads),
    )
    mixer = State(
        kind="mamba2",
        heads=heads,
        conv=inner * (kernel - 1),
        recurrent=heads * dim * state,
        element=_element(text),
        groups=groups,
        group_conv=2 * state * (kernel - 1),
    )
    return Block(mixer, linears)


def _mamba1(text: Text) -> Block | str:
    sizes = _sizes(text, ("hidden_size", "mamba_d_state", "mamba_d_conv", "mamba_expand"))
    if isinstance(sizes, str):
        return sizes
    hidden, state, kernel, expand = sizes
    inner = hidden * expand
    rank = text.size("mamba_dt_rank") or -(-hidden // 16)
    linears = (
        Linear("mamba.in_proj", "recurrent", hidden, 2 * inner, "columns"),
        Linear("mamba.conv1d", "plain", kernel + 1, inner, "columns"),
        Linear("mamba.x_proj", "recurrent", inner, rank + 2 * state, "rows"),
        Linear("mamba.dt_proj", "plain", rank + 1, inner, "columns"),
        Linear("mamba.A", "plain", 2 * (state + 1), inner, "columns"),
        Linear("mamba.out_proj", "recurrent", inner, hidden, "rows"),
    )
    mixer = State(
        kind="mamba",
        heads=inner,
        conv=inner * (kernel - 1),
        recurrent=inner * state,
        element=_element(text),
    )
    return Block(mixer, linears, rank + 2 * state)


def short_conv(text: Text) -> Block | str:
    """Return a layer of a short convolution, or the field that is missing."""
    hidden, kernel = text.size("hidden_size"), text.size("conv_L_cache")
    if hidden is None or kernel is None:
        return "conv_L_cache"
    width = text.size("conv_dim") or hidden
    linears = (
        Linear("conv.in_proj", "recurrent", hidden, 3 * width, "columns"),
        Linear("conv.conv", "plain", kernel, width, "columns"),
        Linear("conv.out_proj", "recurrent", width, hidden, "rows"),
    )
    state = State(kind="short_conv", heads=width, conv=width * (kernel - 1), recurrent=0)
    return Block(state, linears)


def _sizes(text: Text, keys: tuple[str, ...]) -> list[int] | str:
    found: list[int] = []
    for key in keys:
        size = text.size(key)
        if size is None:
            return key
        found.append(size)
    return found


def _any(text: Text, keys: tuple[str, ...]) -> int | None:
    return next((size for key in keys if (size := text.size(key))), None)


def _element(text: Text) -> int | None:
    """Return the bytes of each number of the state, as the file says; None for the model's dtype."""
    for key in ("mamba_ssm_cache_dtype", "mamba_ssm_dtype"):
        asked = text.get(key)
        if isinstance(asked, str) and asked in _ELEMENTS:
            return _ELEMENTS[asked]
    return 4 if of_type("floatStates", text.model_type) else None
