"""config.json -> the same fields as in facts/models.yaml."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1c import facts
from r1c.facts.model import Architecture, InterleavedAttention, Quantization
from r1c.record import replace
from r1c.resolve.model_config import Fault, architecture

LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192},
}
DEEPSEEK = {
    "architectures": ["DeepseekV3ForCausalLM"],
    "model_type": "deepseek_v3",
    "num_hidden_layers": 61,
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "vocab_size": 129280,
    "max_position_embeddings": 163840,
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_rope_head_dim": 64,
    "qk_nope_head_dim": 128,
    "v_head_dim": 128,
    "n_routed_experts": 256,
    "num_experts_per_tok": 8,
    "moe_intermediate_size": 2048,
    "n_shared_experts": 1,
    "first_k_dense_replace": 3,
    "tie_word_embeddings": False,
    "rope_scaling": {"type": "yarn", "factor": 40, "original_max_position_embeddings": 4096},
    "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]},
}


def read(config: dict[str, Any]) -> Architecture:
    described = architecture("my-org/my-model", config)
    assert isinstance(described, Architecture)
    return described


@pytest.mark.parametrize(
    ("config", "model"),
    [(LLAMA, "meta-llama/Llama-3.1-8B-Instruct"), (DEEPSEEK, "deepseek-ai/DeepSeek-R1")],
)
def test_a_known_model_reads_as_the_facts_have_it(config: dict[str, Any], model: str) -> None:
    known = facts.architecture(model)
    assert known is not None
    # The facts name the type of the bytes, a config.json the one that the model computes in. With latent
    # attention the heads have sizes of their own, and head_dim has no meaning.
    kept = [
        "id",
        "place",
        "checkpoint_bytes",
        "checkpoint_weight_dtype",
        "unverified",
        "gated",
        "remote_code",
    ]
    kept += ["head_dim"] if known.mla else []
    same = {name: getattr(known, name) for name in kept}
    assert replace(read(config), **same) == known


def test_what_is_missing_is_named() -> None:
    config = {name: value for name, value in LLAMA.items() if name != "vocab_size"} | {"hidden_size": "4096"}
    assert architecture("my-org/my-model", config) == Fault(
        "the config.json of my-org/my-model is incomplete: hidden_size, vocab_size missing or not a "
        "positive number",
        "give the complete config.json of the model's repository",
    )


def test_the_language_model_of_a_multimodal_one_stands_inside() -> None:
    assert read({"architectures": ["My"], "text_config": LLAMA}).num_hidden_layers == 32


def test_yarn_makes_a_model_longer_and_llama3_does_not() -> None:
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
    assert read(LLAMA).max_position_embeddings == 131072
    longer = LLAMA | {"max_position_embeddings": 32768, "rope_scaling": yarn}
    assert read(longer).max_position_embeddings == 131072


def test_windowed_layers_are_counted_and_a_window_alone_is_not() -> None:
    kinds = ["sliding_attention", "full_attention"] * 16
    windowed = read(LLAMA | {"sliding_window": 128, "layer_types": kinds})
    assert windowed.interleaved_attention == InterleavedAttention("sliding", 128, 16)
    assert read(LLAMA | {"sliding_window": 4096}).interleaved_attention is None


def test_the_bits_of_compressed_tensors() -> None:
    weights = {"num_bits": 8, "type": "float"}
    config = {"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": weights}}}
    assert read(LLAMA | {"quantization_config": config}).quantization == Quantization(
        "compressed-tensors fp8", "compressed-tensors"
    )


def test_a_model_with_more_than_a_kv_cache_is_not_sized() -> None:
    assert (
        read(DEEPSEEK | {"index_topk": 2048}).unsized
        == "its sparse attention keeps an index beside the KV cache"
    )


JUNK: Any = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just([1]), st.just({})
)


@given(config=st.sampled_from([LLAMA, DEEPSEEK]), key=st.sampled_from(sorted(DEEPSEEK)), value=JUNK)
def test_no_value_breaks_the_reading(config: dict[str, Any], key: str, value: Any) -> None:
    assert isinstance(architecture("my-org/my-model", config | {key: value}), Architecture | Fault)
