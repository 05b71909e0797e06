"""R1C3xx: weights, activations and KV cache, against the memory of the GPUs."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.capacity import Capacity, unsized, weights
from r1c.capacity.ranges import gib
from r1c.capacity.settings import element
from r1c.check.memory_estimate import SIZED, gpu_memory, sized, too_long, weights_fit
from r1c.check.memory_remedies import changes, machines
from r1c.check.rule import Rule, rule
from r1c.check.rules import kv_cache, memory_settings, memory_sizes
from r1c.check.rules.model_place import is_place, misspelt
from r1c.diagnostics import Finding, Related, Severity
from r1c.diagnostics.suggest import closest, copy_of, other_number
from r1c.facts.model import Architecture
from r1c.profile.paths import MODEL_ID, PIPELINE
from r1c.resolve.plan import Plan

_GIVE_CONFIG = "write config: config.json under model, the path from this file to the model's config.json"


@rule(
    code="R1C300",
    slug="model-not-sized",
    severity=Severity.HINT,
    title="Unknown model or model size",
    why="The checks of heads, layers, weights and KV cache need the model's architecture. r1c knows the "
    "models of facts/models and those whose config.json the profile gives.",
    example="spec:\n  model:\n    id: my-org/my-model\n",
    fix="Set model.config to the model's config.json.",
    fields=("spec.model",),
)
def model_not_sized(plan: Plan) -> Iterator[Finding]:
    """Report the checks that are skipped for an unknown model or model size; R1C712 checks the ID itself."""
    model = plan.model.architecture
    if not is_place(plan.model.id):
        return
    if model is None and misspelt(plan.model.id) is None:
        near = _near(plan.model.id)
        yield Finding(
            MODEL_ID,
            f"unknown model {plan.model.id}: the checks of heads, layers, weights, KV cache and "
            "max-model-len are skipped",
            (f"write {near} if you mean that model{_for_clients(plan)}, or " if near else "") + _GIVE_CONFIG,
        )
    elif model is not None and unsized(plan) and (model.unsized or _format(plan) is None):
        yield Finding(
            MODEL_ID,
            f"{unsized(plan)}; the checks of {_skipped(model)} are skipped",
            "test on a node that the weights and max-model-len fit"
            if model.num_hidden_layers or model.missing
            else _GIVE_CONFIG,
        )


def _skipped(model: Architecture) -> str:
    return "weights and KV cache" if model.layers else "heads, experts, weights and KV cache"


def _for_clients(plan: Plan) -> str:
    """Return what keeps the name that clients use when the ID changes, which is not where the weights are."""
    model = plan.model
    if plan.weights.on_hub or model.served_name != model.id:
        return ""
    return f" (with servedName: {model.id}, the name that clients use)"


def _near(id_: str) -> str | None:
    """Return the known model that an id may be meant for: near to it, and of the same numbers but one.

    Another number is a newer model as often as a slip, so that it is no error: DeepSeek-R2, Qwen3-253B.
    A copy elsewhere has the model's own name: my-mirror/DeepSeek-R1, or deepseek-r1 alone.
    """
    copied = copy_of(id_, facts.models())
    if copied:
        return copied
    near = closest(id_, facts.models())
    digits = [char for char in id_ if char.isdigit()]
    if near and [char for char in near if char.isdigit()] == digits:
        return near
    return other_number(id_, facts.models())


def _format(plan: Plan) -> weights.Format | None:
    model = plan.model.architecture
    asked = plan.server.value("quantization")
    return weights.stored(model, asked, element(plan)) if model else None


@rule(
    code="R1C301",
    slug="weights-do-not-fit",
    severity=Severity.ERROR,
    title="Weights do not fit",
    why="vLLM runs out of memory while it loads the weights, or has none left for the KV cache, 10 to 40 "
    "minutes after the start (vllm-project/vllm#13074, #15598; evidence.md, MEM001).",
    example="spec:\n  parallelism:\n    pipeline: 1\n  nodes: 1\n",
    fix="Use more nodes and pipeline stages, or weights with fewer bits.",
    fields=SIZED,
)
def weights_do_not_fit(plan: Plan) -> Iterator[Finding]:
    """Check that, at best, every GPU has room left for one block of KV cache."""
    capacity = sized(plan)
    if capacity is None or weights_fit(capacity):
        return
    stage = min(capacity.stages, key=lambda item: item.pool.high)
    where = f" on stage {stage.number}" if len(capacity.stages) > 1 else ""
    least = capacity.granted - stage.weights.low - stage.pool.high
    length = capacity.settings.max_model_len if capacity.settings.length_from == "profile" else None
    wanted = None if too_long(plan) else length
    ways = [*changes(plan, wanted), *machines(plan, wanted)]
    yield Finding(
        PIPELINE,
        f"the weights of {plan.model.id} do not fit: each GPU{where} needs {gib(stage.weights.low)}, and at "
        f"least {gib(least)} for activations, NCCL and CUDA; vLLM may use {gib(capacity.granted)} of "
        f"{gib(capacity.total)}, so {_short(capacity, stage.pool.high)} are missing",
        ", or ".join(ways) if ways else "use a smaller model or weights with fewer bits",
        related=(gpu_memory(plan),),
    )


def _short(capacity: Capacity, pool: int) -> str:
    return gib(capacity.stage.cache.block_bytes - pool)


@rule(
    code="R1C313",
    slug="format-not-native",
    severity=Severity.WARNING,
    title="GPUs do not support the weight format natively",
    why="vLLM then uses a slower kernel that unpacks the weights, or refuses them (sgl-project/sglang#3345, "
    "huggingface/transformers#36026; evidence.md, VLL009).",
    example="spec:\n  model:\n    config:\n      num_hidden_layers: 32\n      hidden_size: 4096\n"
    "      num_attention_heads: 32\n      num_key_value_heads: 8\n      intermediate_size: 14336\n"
    "      vocab_size: 128256\n      max_position_embeddings: 131072\n"
    "      quantization_config: {quant_method: modelopt, quant_algo: NVFP4}\n",
    fix="Use a checkpoint in a format that these GPUs support.",
    fields=("spec.model", "spec.platform", "spec.vllm.args.quantization"),
)
def format_not_native(plan: Plan) -> Iterator[Finding]:
    """Check the GPU's compute capability against that of the weights' format."""
    found, platform = _format(plan), plan.platform
    entry = facts.memory().formats.get(found.method) if found else None
    if found is None or entry is None:
        return
    if _version(platform.compute_capability) >= _version(entry.native):
        return
    yield Finding(
        MODEL_ID,
        f"{found.method} weights are native from compute capability {entry.native} on, but the "
        f"{platform.gpu_model} of {platform.id} has {platform.compute_capability}",
        "use a checkpoint in another format, such as FP8 or bf16, or test this one on a node first",
        related=(
            Related(
                f"{platform.id} has compute capability {platform.compute_capability}",
                place=platform.cite("computeCapability"),
            ),
        ),
    )


def _version(capability: str) -> tuple[int, ...]:
    return tuple(int(part) for part in capability.split("."))


RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            model_not_sized,
            weights_do_not_fit,
            *kv_cache.RULES,
            *memory_settings.RULES,
            *memory_sizes.RULES,
            format_not_native,
        ),
        key=lambda rule: rule.code.id,
    )
)
