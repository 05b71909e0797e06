"""Writes facts/config_fields/, a file for each first letter of a model type.

What each model type calls its sizes, and what they are where config.json leaves them out, from the
configuration classes of transformers and of vLLM.

Run it where both are installed (bin/test-models makes .venv-vllm): `.venv-vllm/bin/python
tools/config_fields.py`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "compiler" / "r1c" / "facts" / "config_fields"
SIZES = (
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
    "num_experts_per_tok",
    "moe_intermediate_size",
)
"""Fields that model types have under other names (attribute_map)."""
KEPT = (
    *SIZES,
    "n_routed_experts",
    "num_local_experts",
    "num_experts",
    "moe_num_experts",
    "moe_k",
    "moe_topk",
    "top_k_experts",
    "n_shared_experts",
    "num_shared_experts",
    "moe_num_shared_experts",
    "shared_expert_intermediate_size",
    "moe_shared_expert_intermediate_size",
    "shared_intermediate_size",
    "expert_ffn_hidden_size",
    "ffn_hidden_size",
    "first_k_dense_replace",
    "moe_layer_freq",
    "decoder_sparse_step",
    "interleave_moe_layer_step",
    "moe_layer_interval",
    "moe_layer_start_index",
    "moe_layer_end_index",
    "num_dense_layers",
    "expert_layer_period",
    "expert_layer_offset",
    "attn_layer_period",
    "attn_layer_offset",
    "intermediate_size_mlp",
    "kv_lora_rank",
    "q_lora_rank",
    "qk_rope_head_dim",
    "qk_nope_head_dim",
    "v_head_dim",
    "index_topk",
    "index_n_heads",
    "index_head_dim",
    "sliding_window",
    "use_sliding_window",
    "attention_chunk_size",
    "global_head_dim",
    "num_global_key_value_heads",
    "attention_k_eq_v",
    "enable_moe_block",
    "num_kv_shared_layers",
    "hidden_size_per_layer_input",
    "use_double_wide_mlp",
    "attn_output_gate",
    "attention_bias",
    "mlp_bias",
    "use_bias",
    "use_qk_norm",
    "tie_word_embeddings",
    "full_attention_interval",
    "linear_conv_kernel_dim",
    "linear_key_head_dim",
    "linear_num_key_heads",
    "linear_num_value_heads",
    "linear_value_head_dim",
    "conv_kernel",
    "n_groups",
    "ssm_state_size",
    "mamba_head_dim",
    "mamba_num_heads",
    "mamba_n_heads",
    "mamba_d_head",
    "mamba_n_groups",
    "mamba_d_state",
    "mamba_d_conv",
    "mamba_d_ssm",
    "mamba_expand",
    "mamba_dt_rank",
    "mamba_ssm_dtype",
    "conv_L_cache",
    "expand",
    "moe_latent_size",
)
"""What the reader of config.json asks for (facts/model_config)."""
PROBED = 48
"""Layers that a class is made with to see the order of its layer_types."""


def periodic(kinds: Any) -> list[str] | None:
    """Return the shortest list that repeats to a longer one, None where nothing does."""
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        return None
    for period in range(1, PROBED // 2 + 1):
        if all(kind == kinds[index % period] for index, kind in enumerate(kinds)):
            return list(kinds[:period])
    return None


def described(cls: Any) -> dict[str, Any]:
    """Return what is kept of a configuration class: names, defaults, order of its layers, the text model."""
    entry: dict[str, Any] = {}
    own = {name: other for name, other in getattr(cls, "attribute_map", {}).items() if name in SIZES}
    made = cls()
    names = {name: other for name, other in own.items() if isinstance(other, str)}
    if names:
        entry["names"] = dict(sorted(names.items()))
    values: dict[str, Any] = {name: getattr(made, name, None) for name in KEPT}
    for size in ("hidden_size", "num_attention_heads", "num_hidden_layers"):
        # What follows from another size is no default: a file that gives the other one changes it.
        with contextlib.suppress(Exception):
            other = cls(**{own.get(size, size): 2 * values[size]})
            for name in [name for name in values if name not in (size, "num_hidden_layers")]:
                if getattr(other, name, None) != values[name]:
                    del values[name]
    plain = {
        name: value for name, value in values.items() if isinstance(value, (bool, int, str)) and value != ""
    }
    if plain:
        entry["defaults"] = plain
    with contextlib.suppress(Exception):
        layers = periodic(getattr(cls(num_hidden_layers=PROBED), "layer_types", None))
        if layers and set(layers) != {"full_attention"}:
            entry["layer_types"] = layers
    text = getattr(made, "text_config", None)
    inner = getattr(text, "model_type", None)
    if isinstance(inner, str) and inner:
        entry["text"] = inner
    return entry


def classes() -> dict[str, Any]:
    """Return the configuration class of each model type, vLLM's own where it has one."""
    mapping = importlib.import_module("transformers.models.auto.configuration_auto").CONFIG_MAPPING
    registry = importlib.import_module("vllm.transformers_utils.config")._CONFIG_REGISTRY
    found: dict[str, Any] = {}
    for kind in mapping:
        with contextlib.suppress(Exception):
            found[kind] = mapping[kind]
    for kind in list(registry):
        with contextlib.suppress(Exception):
            found[kind] = registry[kind]
    return found


def main() -> int:
    """Write the files; a class that cannot be made without arguments is left out."""
    transformers, vllm = (importlib.import_module(name) for name in ("transformers", "vllm"))
    types, left = {}, []
    for kind, cls in sorted(classes().items()):
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                entry = described(cls)
        except Exception:  # a configuration class may raise anything
            left.append(kind)
            continue
        if entry.get("text") or {"num_hidden_layers", "vocab_size"} <= entry.get("defaults", {}).keys():
            types[kind] = entry
    source = f"configuration classes of transformers {transformers.__version__} and vLLM {vllm.__version__}"
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for letter, kinds in groupby(sorted(types, key=str.lower), key=lambda kind: kind[0].lower()):
        lines = [f" {json.dumps(kind)}: {json.dumps(types[kind], separators=(',', ':'))}" for kind in kinds]
        text = f'{{"source": {json.dumps(source + "; read by tools/config_fields.py")},\n"types": {{\n'
        (FOLDER / f"{letter}.json").write_text(text + ",\n".join(lines) + "\n}}\n", encoding="utf-8")
    print(f"{len(types)} model types; without: {', '.join(left)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
