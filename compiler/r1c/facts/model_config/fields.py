"""A config.json -> its language model's fields, under the names that most model types use."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any, TypeGuard

from r1c.facts.entry import load
from r1c.record import record

MOST = 2**31
_LETTERS = frozenset(string.ascii_lowercase)
_INNER = ("text_config", "llm_config", "language_config", "text_cfg", "language_model_config")
_OUTER = ("thinker_config",)
_NAMES: Mapping[str, tuple[str, ...]] = {
    "num_hidden_layers": ("num_layers", "n_layers", "n_layer", "num_decoder_layers"),
    "hidden_size": ("d_model", "n_embd", "model_dim"),
    "num_attention_heads": ("n_heads", "n_head", "num_heads"),
    "num_key_value_heads": (
        "num_kv_heads",
        "n_kv_heads",
        "n_head_kv",
        "num_attention_groups",
        "multi_query_group_num",
        "attn_config.kv_n_heads",
    ),
    "head_dim": ("attention_head_dim", "kv_channels"),
    "intermediate_size": (
        "ffn_hidden_size",
        "ffn_dim",
        "n_inner",
        "ffn_config.ffn_hidden_size",
    ),
    "vocab_size": ("padded_vocab_size", "n_vocab"),
    "max_position_embeddings": ("max_seq_len", "seq_length", "n_positions", "max_sequence_length"),
    "experts": (
        "n_routed_experts",
        "num_local_experts",
        "num_experts",
        "moe_num_experts",
        "num_routed_experts",
        "ffn_config.moe_num_experts",
    ),
    "num_experts_per_tok": (
        "num_experts_per_token",
        "experts_per_token",
        "moe_topk",
        "moe_top_k",
        "moe_k",
        "top_k_experts",
        "num_selected_experts",
        "ffn_config.moe_top_k",
    ),
    "moe_intermediate_size": (
        "expert_intermediate_size",
        "expert_ffn_hidden_size",
        "moe_ffn_hidden_size",
        "ffn_config.ffn_hidden_size",
    ),
    "n_shared_experts": ("num_shared_experts", "num_shared_expert", "moe_num_shared_experts"),
    "shared_width": (
        "shared_expert_intermediate_size",
        "moe_shared_expert_intermediate_size",
        "shared_intermediate_size",
        "share_expert_dim",
    ),
    "sliding_window": ("sliding_window_size",),
}
"""A field -> the other names that model types give it; a dot leads into a map."""


def _type(kind: str) -> Mapping[str, Any]:
    """Return the names and defaults of a model type's configuration class: facts/config_fields/ by letter."""
    letter = kind[:1].lower()
    if letter not in _LETTERS:
        return {}
    found: Mapping[str, Any] = load("config_fields", f"{letter}.json")["types"].get(kind, {})
    return found


@record
class Text:
    """The fields of a language model: those of the file, and the defaults of its model type."""

    model_type: str
    given: Mapping[str, Any]
    defaults: Mapping[str, Any]
    names: Mapping[str, str]
    order: tuple[str, ...] = ()

    def get(self, key: str) -> Any:
        """Return a field, None where neither the file nor the model type has it; null in the file is null."""
        for name in self._spellings(key):
            found, value = _at(self.given, name)
            if found:
                return value
        for name in self._spellings(key):
            if name in self.defaults:
                return self.defaults[name]
        return None

    def size(self, key: str) -> int | None:
        """Return a field that is a positive integer, or None."""
        value = self.get(key)
        return value if is_size(value) else None

    def listed(self, key: str) -> list[Any] | None:
        """Return a field that is a list, or None."""
        value = self.get(key)
        return value if isinstance(value, list) else None

    def has(self, key: str) -> bool:
        """Tell whether a field is set, and not to null, false, zero or an empty value."""
        return bool(self.get(key))

    def _spellings(self, key: str) -> tuple[str, ...]:
        own = self.names.get(key)
        others = _NAMES.get(key, ())
        return (key, own, *others) if own else (key, *others)


def text(config: Mapping[str, Any]) -> Text:
    """Return the language model of a config.json; that of a multimodal one is in a map of its own."""
    outer: Mapping[str, Any] = config
    for name in _OUTER:
        if isinstance(config.get(name), Mapping):
            outer = {**config, **config[name]}
    inner = next((outer[name] for name in _INNER if isinstance(outer.get(name), Mapping)), None)
    kind = _name(outer.get("model_type"))
    if inner is None:
        return _text(kind, outer)
    of_text = _name(inner.get("model_type")) or _type(kind).get("text", "")
    return _text(of_text, {**outer, **inner})


def _text(kind: str, given: Mapping[str, Any]) -> Text:
    own = _type(kind)
    if "num_hidden_layers" not in own.get("defaults", {}):
        # A file whose language model's fields are not in a map of their own.
        own = _type(own.get("text", "")) or own
    return Text(kind, given, own.get("defaults", {}), own.get("names", {}), tuple(own.get("layer_types", ())))


def is_size(value: Any) -> TypeGuard[int]:
    """Tell whether a value is a positive integer that a model can have."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST


def _name(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _at(config: Mapping[str, Any], name: str) -> tuple[bool, Any]:
    if "." not in name:
        return name in config, config.get(name)
    first, rest = name.split(".", 1)
    inside = config.get(first)
    return _at(inside, rest) if isinstance(inside, Mapping) else (False, None)
