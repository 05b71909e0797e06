"""An entry of facts/models/: what is kept of a config.json, and how the file is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from r1c.facts.model_config import QUANTIZATION

FIELDS = (
    "aliases",
    "formerNames",
    "since",
    "unsized",
    "config",
    "multimodal",
    "visionBytes",
    "remoteCode",
    "checkpointWeightDtype",
    "totalParams",
    "checkpointBytes",
    "gated",
    "source",
    "date",
    "unverified",
    "doubtful",
)
"""The keys of an entry, in the order in which they are written."""

_TEXTS = re.compile(r".*(_token_id|_token_index|_placeholder|_dropout)")
"""Keys that name tokens, or say what is dropped in training."""
_GENERATION = """
add_cross_attention bad_words_ids begin_suppress_tokens chunk_size_feed_forward cross_attention_hidden_size
diversity_penalty do_sample early_stopping encoder_no_repeat_ngram_size exponential_decay_length_penalty
finetuning_task id2label label2id length_penalty max_length min_length no_repeat_ngram_size num_beam_groups
num_beams num_return_sequences output_attentions output_hidden_states output_scores prefix problem_type
pruned_heads remove_invalid_values repetition_penalty return_dict return_dict_in_generate suppress_tokens
task_specific_params temperature tf_legacy_loss tie_encoder_decoder tokenizer_class top_k top_p torchscript
typical_p use_bfloat16 use_cache
"""
_TRAINING = """
_attn_implementation _name_or_path _attn_implementation_autoset aux_loss_alpha ep_size ignore_index
initializer_factor initializer_range output_router_logits pretraining_tp residual_in_fp32
rescale_prenorm_residual router_aux_loss_coef router_jitter_noise seq_aux time_step_floor time_step_limit
time_step_max time_step_min transformers_version unsloth_fixed use_mamba_kernels
"""
_LINE = 100
DROPPED = frozenset((*_GENERATION.split(), *_TRAINING.split()))
"""Keys of a config.json that decide neither a size nor which class serves the model."""
_CALIBRATION = """
activation_scheme desc_act damp_percent fmt input_activations kv_cache_scheme observer observer_kwargs
output_activations producer quantization_status scale_fmt sparsity_config static_groups sym transform_config
true_sequential version format actorder global_compression_ratio kv_cache_quant_algo model_file_base_name
model_name_or_path
"""
_UNSCALED = frozenset(_CALIBRATION.split())
_EXPERT = re.compile(r"\.experts\.(\d+)\.")


def trimmed(config: Mapping[str, Any], beside: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what an entry keeps of a config.json, and of hf_quant_config.json beside it.

    Nulls stay: they are not the default of the model type. The first expert of a layer stands for all.
    """
    kept = _kept(config)
    own = kept.get("quantization_config") or kept.get("text_config", {}).get("quantization_config")
    if beside and not own:
        kept[QUANTIZATION] = _quantization(beside)
    return kept


def _kept(config: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in config.items():
        if key in DROPPED or _TEXTS.fullmatch(key):
            continue
        if key == "auto_map" and isinstance(value, Mapping):
            kept[key] = dict.fromkeys(sorted(value), "")
        elif key == "quantization_config" and isinstance(value, Mapping):
            kept[key] = _quantization(value)
        else:
            kept[key] = _kept(value) if isinstance(value, Mapping) else value
    return kept


def _quantization(config: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in config.items():
        if key in _UNSCALED:
            continue
        if key == "quantized_layers" and isinstance(value, Mapping):
            kept[key] = {
                name: {"quant_algo": item.get("quant_algo")} for name, item in value.items() if _first(name)
            }
        elif isinstance(value, Mapping):
            kept[key] = _quantization(value)
        elif isinstance(value, list):
            kept[key] = [item for item in value if not isinstance(item, str) or _first(item)]
        else:
            kept[key] = value
    return kept


def _first(name: str) -> bool:
    found = _EXPERT.search(name)
    return found is None or found[1] == "0"


def written(entry: Mapping[str, Any]) -> str:
    """Return the text of an entry's file: a field a line, and a map that is longer than a line likewise.

    Raises KeyError for a key that an entry does not have.
    """
    unknown = sorted(set(entry) - set(FIELDS))
    if unknown:
        raise KeyError(unknown[0])
    return _text({key: entry[key] for key in FIELDS if key in entry}, 0) + "\n"


def _text(value: Any, depth: int) -> str:
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, Mapping) or (depth > 1 and len(line) <= _LINE):
        return line
    inner = " " * (depth + 1)
    fields = (f"{inner}{json.dumps(key)}: {_text(item, depth + 1)}" for key, item in value.items())
    return "{\n" + ",\n".join(fields) + "\n" + " " * depth + "}"
