"""Model folders for the oracle: a config.json for each model that r1c knows.

It comes from a copy that is published on the package index if there is one, else from r1c's own facts.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oracle.folders import write_model
from r1c.facts import model_table

Config = dict[str, Any]

_PUBLISHED = "aiconfigurator_core/model_configs/{}_{}"
"""Where the wheel of aiconfigurator-core has a file of a repository."""
_QUANTIZED = "hf_quant_config.json"
"""What vLLM reads beside a config.json without quantization_config."""
_SAME_SHAPE = {
    "deepseek-ai/DeepSeek-V3.1": "deepseek-ai/DeepSeek-R1",
    "deepseek-ai/DeepSeek-R1-Distill-Llama-70B": "meta-llama/Meta-Llama-3.1-70B",
    "meta-llama/Llama-3.3-70B-Instruct": "meta-llama/Meta-Llama-3.1-70B",
    "meta-llama/Llama-3.1-8B-Instruct": "meta-llama/Meta-Llama-3.1-8B",
    "meta-llama/Llama-3.1-405B-Instruct": "meta-llama/Meta-Llama-3.1-405B",
    "meta-llama/Llama-3.1-405B-Instruct-FP8": "meta-llama/Meta-Llama-3.1-405B",
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8": "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
    "mistralai/Mixtral-8x7B-Instruct-v0.1": "mistralai/Mixtral-8x7B-v0.1",
    "mistralai/Mixtral-8x22B-Instruct-v0.1": "mistralai/Mixtral-8x22B-v0.1",
}
"""Models whose shape is published under another repository's name."""
_CODE = {"deepseek_v2": "configuration_deepseek.DeepseekV2Config"}
_ROPE: Mapping[str, Config] = {
    "yarn": {
        "type": "yarn",
        "factor": 40,
        "original_max_position_embeddings": 4096,
        "beta_fast": 32,
        "beta_slow": 1,
        "mscale": 0.707,
        "mscale_all_dim": 0.707,
    },
    "linear": {"rope_type": "linear", "factor": 8.0},
    "llama3": {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    },
}
_FAMILY: Mapping[str, Config] = {
    "deepseek_v2": {
        "moe_layer_freq": 1,
        "n_group": 1,
        "topk_group": 1,
        "norm_topk_prob": False,
        "routed_scaling_factor": 1.0,
        "scoring_func": "softmax",
        "topk_method": "greedy",
        "q_lora_rank": None,
    },
    "glm4_moe": {
        "n_group": 1,
        "topk_group": 1,
        "norm_topk_prob": True,
        "routed_scaling_factor": 2.5,
        "use_qk_norm": True,
        "attention_bias": True,
        "partial_rotary_factor": 0.5,
    },
    "qwen2": {"max_window_layers": 70, "sliding_window": 131072, "use_sliding_window": False},
    "step3p5": {"need_fp32_gate": True, "norm_expert_weight": True, "swiglu_limits": None},
}
"""What the config.json of a family has besides sizes."""
_VISION: Mapping[str, Config] = {
    "gemma3": {
        "hidden_size": 1152,
        "image_size": 896,
        "intermediate_size": 4304,
        "model_type": "siglip_vision_model",
        "num_attention_heads": 16,
        "num_hidden_layers": 27,
        "patch_size": 14,
        "vision_use_head": False,
    },
}
_AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128, "version": "gemm", "zero_point": True}
_GPTQ = {
    "quant_method": "gptq",
    "bits": 4,
    "group_size": 128,
    "desc_act": False,
    "sym": True,
    "damp_percent": 0.01,
}


_LONGEST = 100_000
"""Bytes of a config.json that a profile can hold; longer ones list each layer of a quantized checkpoint."""
_OUTER = ("architectures", "quantization_config")
"""Keys of an entry's config that are written apart from the sizes."""


def published(wheel: Path | None, name: str, file: str = "config.json") -> Config | None:
    """Return a file that the wheel has of a repository, None where there is no wheel or no copy."""
    if wheel is None:
        return None
    with zipfile.ZipFile(wheel) as archive:
        try:
            found: Config = json.loads(archive.read(_PUBLISHED.format(name.replace("/", "--"), file)))
        except KeyError:
            return None
    return found


def _with_code(config: Config) -> Config:
    """Name a class for the code of a repository where the copy has emptied the name."""
    named = config.get("auto_map")
    if isinstance(named, dict) and named.get("AutoConfig") == "":
        return config | {"auto_map": {"AutoConfig": "configuration.Config"}}
    return config


def from_facts(entry: Mapping[str, Any]) -> Config:
    """Return a whole config.json from the sizes in an entry of facts/models."""
    sizes = {name: value for name, value in entry["config"].items() if name not in _OUTER}
    kind = sizes["model_type"]
    text = {
        "hidden_act": "silu",
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "torch_dtype": "bfloat16",
        **_FAMILY.get(kind, {}),
        **sizes,
    }
    scaling = sizes.get("rope_scaling") or {}
    if scaling.get("rope_type") in _ROPE:
        text["rope_scaling"] = _ROPE[scaling["rope_type"]]
    outer: Config = {"architectures": entry["config"]["architectures"]}
    if kind in _CODE and "remoteCode" in entry:
        outer["auto_map"] = {"AutoConfig": _CODE[kind]}
    if kind in _VISION:
        text["model_type"] = f"{kind}_text"
        return outer | {
            "model_type": kind,
            "text_config": text,
            "vision_config": _VISION[kind],
            "torch_dtype": "bfloat16",
        }
    return outer | text


def _quantization(entry: Mapping[str, Any]) -> Config | None:
    """Return the quantization_config of a checkpoint, None if the weights are not quantized."""
    method = entry["config"].get("quantization_config", {}).get("quant_method")
    layers = entry["config"]["num_hidden_layers"]
    if method == "fbgemm_fp8":
        parts = [f"self_attn.{name}_proj" for name in "qkvo"]
        kept = [f"model.layers.{layer}.{part}" for layer in range(layers) for part in parts]
        ends = [
            f"model.layers.{layer}.mlp.{name}_proj"
            for layer in (0, layers - 1)
            for name in ("gate", "up", "down")
        ]
        return {
            "quant_method": method,
            "activation_scale_ub": 1200.0,
            "modules_to_not_convert": ["lm_head", *kept, *ends],
        }
    if method == "compressed-tensors":
        return _compressed()
    if method == "fp8":
        blocks = {
            "quant_method": "fp8",
            "activation_scheme": "dynamic",
            "fmt": "e4m3",
            "weight_block_size": [128, 128],
        }
        if entry["config"].get("model_type") != "qwen3_next":
            return blocks
        # Its gates of linear attention are in no format of blocks (vllm/model_executor/models/qwen3_next.py).
        return blocks | {
            "modules_to_not_convert": [
                f"model.layers.{layer}.linear_attn.in_proj_ba" for layer in range(layers)
            ]
        }
    return None


def _compressed() -> Config:
    def scheme(strategy: str, *, dynamic: bool) -> Config:
        return {"num_bits": 8, "type": "float", "symmetric": True, "strategy": strategy, "dynamic": dynamic}

    groups = {
        "targets": ["Linear"],
        "weights": scheme("channel", dynamic=False),
        "input_activations": scheme("token", dynamic=True),
        "output_activations": None,
    }
    outside = ("self_attn", "router", "vision_model", "shared_expert", "multi_modal_projector")
    ignored = ["lm_head", *(f"re:.*{part}.*" for part in outside)]
    ignored += [f"re:.*feed_forward.{name}_proj" for name in ("gate", "up", "down")]
    return {
        "quant_method": "compressed-tensors",
        "format": "float-quantized",
        "quantization_status": "compressed",
        "config_groups": {"group_0": groups},
        "ignore": ignored,
        "kv_cache_scheme": None,
    }


def _whole(entry: Mapping[str, Any]) -> bool:
    """Tell whether a config.json can be written from an entry: its sizes and quantization are there."""
    config = entry["config"]
    quantized = config.get("quantization_config", {})
    by_group = [group.get("weights", {}) for group in quantized.get("config_groups", {}).values()]
    known = quantized.get("quant_method") in (None, "fp8", "fbgemm_fp8", "compressed-tensors", "mxfp4")
    sizes = "num_hidden_layers" in config and "hf_quant_config" not in config and "unsized" not in entry
    return sizes and known and all(weights.get("num_bits") == 8 for weights in by_group)


def others(wheel: Path | None, known: Mapping[str, Config]) -> dict[str, Config]:
    """Return the published config.json of models that r1c does not know by name."""
    if wheel is None:
        return {}
    head, tail = _PUBLISHED.format("|", "config.json").split("|")
    with zipfile.ZipFile(wheel) as archive:
        read = {
            item.filename[len(head) : -len(tail)].replace("--", "/"): _with_code(
                json.loads(archive.read(item))
            )
            for item in sorted(archive.infolist(), key=lambda item: item.filename)
            if item.filename.startswith(head) and item.filename.endswith(tail) and item.file_size < _LONGEST
            # What the tools of a quantized checkpoint wrote, and vLLM does not read from config.json.
            if "hf_quant" not in item.filename
        }
    return {
        name: config
        for name, config in read.items()
        if name not in known and not _of_another_class(name, config)
    }


def _of_another_class(name: str, copy: Config) -> bool:
    """Tell whether a published copy names another class than the repository does by r1c's facts."""
    own = model_table.entry(name)["config"].get("architectures") if name in model_table.ids() else None
    return own is not None and own != copy.get("architectures")


def configs(wheel: Path | None) -> dict[str, Config]:
    """Return the config.json of each model by the name of its repository."""
    found: dict[str, Config] = {}
    for name, entry in ((id_, model_table.entry(id_)) for id_ in model_table.ids()):
        if not _whole(entry):
            continue
        copied = published(wheel, name) or published(wheel, _SAME_SHAPE.get(name, name))
        if copied and _of_another_class(name, copied):
            continue
        config = _with_code(copied or from_facts(entry))
        method = _quantization(entry)
        if method and "quantization_config" not in config:
            config["quantization_config"] = method
        for other in (name, *entry.get("aliases", ())):
            found[other] = config
    for config in found.values():
        if config.get("model_type") == "qwen2_5_vl":
            # The facts have the default of transformers, which eight GPUs cannot share; this one is padded.
            config["vision_config"] = {**config["vision_config"], "intermediate_size": 3456}
    for short, method in (("AWQ", _AWQ), ("GPTQ-Int4", _GPTQ)):
        whole = found["Qwen/Qwen2.5-72B-Instruct"]
        # These repositories pad the feed-forward layers, so that eight GPUs can share their groups.
        padded = {"intermediate_size": 29696, "torch_dtype": "float16", "quantization_config": method}
        found[f"Qwen/Qwen2.5-72B-Instruct-{short}"] = whole | padded
    return found


def write(folder: Path, wheel: Path | None) -> dict[str, Config]:
    """Write the folders of all models; return what is in them, and the other published config.json files."""
    found = configs(wheel)
    found |= others(wheel, found)
    for name, config in found.items():
        write_model(folder / name, config)
        beside = published(wheel, name, _QUANTIZED)
        if beside:
            (folder / name / _QUANTIZED).write_text(json.dumps(beside), encoding="utf-8")
    # A relative chat template that a profile may name is in the image.
    (folder / "examples").mkdir(exist_ok=True)
    return found
