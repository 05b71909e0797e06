"""The layers that r1c reads from a config.json against vLLM's own classes: run by bin/test-models.

Each model type that transformers knows and vLLM serves is made with the configuration that its class has
by default, and each model of the facts with its own, without any weights: the bytes of parameters on a rank,
what each layer caches, and how many sequences a pool holds must be those that r1c computes. What differs is
named with its reason in the table that is printed.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import vllm_on_meta
from r1c import resolve, source
from r1c.capacity import Capacity, estimate, kv_cache, unsized, weights
from r1c.facts import model_table
from r1c.profile import parse
from r1c.record import replace
from r1c.resolve.plan import Plan

pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(
        shutil.which("vllm", path=str(Path(sys.executable).parent)) is None, reason="no vllm here"
    ),
]

HERE = Path(__file__).parent
BASE = yaml.safe_load((HERE / "base.yaml").read_text(encoding="utf-8"))
POOL = 64 * 2**30
SHARE = 0.001
"""Of the weights, what a difference may be without a reason: norms of a head and biases that no table has."""
LEAST = 70
"""Architectures that must agree, so that the test cannot pass on nothing."""
ENCODERS = re.compile(r"vis|audio|projector|sound|vpm|merger|connector|image|mm_|speech")
KINDS = {
    "FullAttentionSpec": "full",
    "MLAAttentionSpec": "full",
    "SlidingWindowSpec": "sliding",
    "ChunkedLocalAttentionSpec": "chunked",
    "MambaSpec": "state",
}
WEIGHTS: Mapping[str, str] = {
    "blip-2": "the encoder that asks the questions is counted here as a part of the language model",
    "gpt-sw3": "vLLM ties its head to its embedding whatever the file says",
    "gpt2": "its embeddings of positions are counted with the table of rotary ones",
    "gpt_bigcode": "its embeddings of positions, as above; its one key/value head is not cut in vLLM",
    "hy_v4": "weights of its index and of the gates between its streams, which r1c does not read",
    "idefics3": "the projector's resampler",
    "opt": "its embeddings of positions are counted with the table of rotary ones",
    "paddleocr_vl": "its projector, which has no name of its own",
    "smolvlm": "the projector's resampler",
}
"""Model types whose weights differ, and why."""
CACHES: Mapping[str, str] = {
    "cohere2": "vLLM makes its window one token longer",
    "cohere2_moe": "vLLM makes its window one token longer",
    "cohere2_vision": "vLLM makes its window one token longer",
}
"""Model types whose caches differ, and why."""


def compared(name: str, config: Mapping[str, Any], tensor: int) -> tuple[str, bool]:
    """Return a line of the table, and whether the two agree or the difference has its reason."""
    plan = _plan(config, tensor)
    why = unsized(plan)
    if why is not None:
        return f"{name:32} {tensor}  not sized: {why.split(': ')[-1]}", True
    own = estimate(plan)
    assert own is not None
    built = vllm_on_meta.build(config, tensor, POOL)
    theirs = sum(size for key, size in built.parameters.items() if not ENCODERS.search(key))
    ours = _weights(own)
    weights_agree = abs(ours - theirs) <= SHARE * theirs
    cached, layers = _cached(own, tensor), Counter(map(_page, built.caches))
    cache = own.stage.cache
    sequences = cache.sequences(POOL, vllm_on_meta.LENGTH)
    caches_agree = cached == layers and abs(sequences - built.sequences) < 0.001 * built.sequences
    reasons = [
        *([] if weights_agree else [WEIGHTS.get(name, "NO REASON: weights")]),
        *([] if caches_agree else [CACHES.get(name, f"NO REASON: {cached - layers} / {layers - cached}")]),
    ]
    line = (
        f"{name:32} {tensor}  weights {ours:>15,} / {theirs:>15,} ({(ours - theirs) / theirs:+.3%})  "
        f"sequences {sequences:>10,.2f} / {built.sequences:>10,.2f}  {'; '.join(reasons) or 'equal'}"
    )
    return line, not any("NO REASON" in reason for reason in reasons)


def _plan(config: Mapping[str, Any], tensor: int) -> Plan:
    args = {
        "block-size": vllm_on_meta.BLOCK,
        "max-model-len": vllm_on_meta.LENGTH,
        "max-num-batched-tokens": vllm_on_meta.BATCH,
        "enable-prefix-caching": True,
        "async-scheduling": False,
    }
    spec = BASE["spec"] | {
        "platform": "a3-ultra",
        "model": {"id": "my-org/my-model", "config": "config.json"},
        "vllm": {"version": "v0.32.0", "args": args, "env": {}},
        "parallelism": {"tensor": tensor, "pipeline": 1},
        "nodes": 1,
    }
    document = source.read("run.yaml", yaml.safe_dump(BASE | {"spec": spec}).encode())
    parsed = parse.parse(document)
    return resolve.resolve(parsed.recipe, document.data, parsed.doubtful, config).plan


def _weights(own: Capacity) -> int:
    """Return the bytes of the parameters: without tables of positions, encoders and copies made later."""
    model = replace(own.cut.model, vision_bytes=0, rotary_dim=0)
    cut = replace(own.cut, model=model, latent_cache=False)
    return weights.of_stage(cut, range(len(model.layers))).low


def _cached(own: Capacity, tensor: int) -> Counter[tuple[str, int, int]]:
    layers = (kv_cache.kept(layer, own.settings, tensor) for layer in own.cut.model.layers)
    return Counter((item.kind, item.token or item.page, item.window) for items in layers for item in items)


def _page(spec: tuple[str, int, int, int]) -> tuple[str, int, int]:
    kind, page, block, window = spec
    name = KINDS.get(kind, kind)
    return name, page if name == "state" else page // block, 0 if name == "full" else window


def _defaults() -> dict[str, dict[str, Any]]:
    """Return the default configuration of each model type that vLLM serves."""
    vllm_on_meta.prepared()
    models = vllm_on_meta.of("transformers.models.auto.modeling_auto")
    configs = vllm_on_meta.of("transformers.models.auto.configuration_auto").CONFIG_MAPPING
    served = set(vllm_on_meta.of("vllm.model_executor.models.registry").ModelRegistry.get_supported_archs())
    found = {}
    named = models.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES | models.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    for kind, names in sorted(named.items()):
        each = names if isinstance(names, tuple) else (names,)
        name = next((item for item in each if item in served), None)
        if name is None or kind in UNMADE:
            continue
        config = json.loads(configs[kind]().to_json_string(use_diff=False))
        kept = {key: value for key, value in config.items() if key not in ("id2label", "label2id")}
        found[kind] = kept | {"architectures": [name], "model_type": kind}
    return found


UNMADE = frozenset(
    [
        "afmoe",
        "apertus",
        "bloom",
        "cohere_compass",
        "dbrx",
        "diffusion_gemma",
        "ernie4_5_vl_moe",
        "falcon",
        "gemma4_unified",
        "glm4_moe",
        "glm4_moe_lite",
        "glm4v_moe",
        "granite4_vision",
        "hunyuan_v1_dense",
        "hunyuan_v1_moe",
        "hunyuan_vl",
        "hy_v3",
        "internvl",
        "lfm2",
        "lfm2_moe",
        "lfm2_vl",
        "llama4",
        "mimo_v2_flash",
        "minimax_m2",
        "minimax_m3_vl",
        "nemotron",
        "nemotron_h_omni",
        "olmo_hybrid",
        "qianfan_ocr",
        "qwen3_vl_moe",
        "qwen4_exp",
        "qwen4_exp_text",
        "step3p7",
    ]
)
"""Model types that vLLM cannot make of their default configuration alone: it lacks a field, or data."""


def test_every_model_type_with_its_default_configuration() -> None:
    lines, equal, faults = [], set(), []
    for name, config in _defaults().items():
        for tensor in (1, 2):
            line, agrees = compared(name, config, tensor)
            lines.append(line)
            equal |= {name} if line.endswith("equal") else set()
            faults += [] if agrees else [line]
    print("\n".join(lines))
    assert not faults, "\n".join(faults)
    assert len(equal) >= LEAST


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config.json of bf16 weights, without the scaling: older entries have its kind alone."""
    left = {key: value for key, value in config.items() if key not in LEFT_OUT}
    return {key: _plain(value) if key == "text_config" else value for key, value in left.items()}


LEFT_OUT = ("quantization_config", "hf_quant_config", "rope_scaling")
NESTED = ("gemma3", "llama4")
"""Model types whose language model is in a map of its own in a config.json."""


UNBUILT: Mapping[str, str] = {
    "internlm/Intern-S1": "its config.json is read by its repository's code",
    "moonshotai/Kimi-K3": "vLLM turns prefix caching off, and then takes no block size for states",
    "moonshotai/Kimi-Linear-48B-A3B-Instruct": "as Kimi-K3",
    "stepfun-ai/Step-3.5-Flash": "the copy has the names of the package that ships it, not those of vLLM",
    "stepfun-ai/Step-3.5-Flash-FP8": "as Step-3.5-Flash",
    "stepfun-ai/Step-3.7-Flash": "as Step-3.5-Flash",
    "stepfun-ai/Step-3.7-Flash-FP8": "as Step-3.5-Flash",
}
"""Models that cannot be built of their entry here, and why."""
BUILT = [known.id for known in model_table.all_known() if not known.unsized and known.id not in UNBUILT]


@pytest.mark.parametrize("model", BUILT)
@pytest.mark.parametrize("tensor", [1, 4])
def test_models_of_the_facts(model: str, tensor: int) -> None:
    config = _plain(model_table.entry(model)["config"])
    if config.get("model_type") in NESTED and "text_config" not in config:
        inner = config | {"model_type": f"{config['model_type']}_text"}
        config = {key: config[key] for key in ("architectures", "model_type")} | {"text_config": inner}
    line, agrees = compared(model, config, tensor)
    print(line)
    assert agrees, line
