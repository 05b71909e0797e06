"""A Plan -> the memory estimate, and the questions about it that several memory rules share."""

from __future__ import annotations

from r1c.capacity import Capacity, estimate
from r1c.capacity.settings import WHOLE, drops_prompts, number, share
from r1c.check.named_settings import value
from r1c.check.rules.tensor import fits
from r1c.diagnostics import Related
from r1c.facts import vllm, vllm_startup
from r1c.resolve.plan import Plan
from r1c.resolve.server import mapping

SIZED = (
    "spec.platform",
    "spec.model",
    "spec.parallelism",
    "spec.nodes",
    "spec.vllm.version",
    "spec.vllm.env",
    *(
        f"spec.vllm.args.{name}"
        for name in (
            "block-size",
            "cpu-offload-gb",
            "data-parallel-size",
            "decode-context-parallel-size",
            "dtype",
            "enable-chunked-prefill",
            "enable-expert-parallel",
            "enforce-eager",
            "gpu-memory-utilization",
            "kv-cache-dtype",
            "kv-cache-memory-bytes",
            "max-model-len",
            "max-num-batched-tokens",
            "max-num-seqs",
            "prefill-context-parallel-size",
            "quantization",
        )
    ),
)
"""The profile's fields that the estimate depends on."""


def sized(plan: Plan) -> Capacity | None:
    """Return the estimate, or None if the parallelism itself is wrong, so one mistake is reported once."""
    if plan.group.ranks != plan.group.gpus or not fits(plan):
        return None
    return estimate(plan)


def weights_fit(capacity: Capacity) -> bool:
    """Tell whether, at best, there is room for at least one block of KV cache."""
    return capacity.tokens.high > 0


def drops(plan: Plan, capacity: Capacity) -> bool:
    """Tell whether this vLLM drops prompts longer than the batch though max-model-len allows them."""
    settings = capacity.settings
    if not settings.latent_cache or not drops_prompts(plan.server.release):
        return False
    return settings.chunking_chosen and settings.batched_tokens < settings.max_model_len


def too_long(plan: Plan) -> tuple[int, int] | None:
    """Return max-model-len and the model's positions if it is above them without rope scaling.

    Positions that are unverified in the facts are not used.
    """
    model, length = plan.model.architecture, number(plan.server.value("max-model-len"))
    if model is None or length is None or "maxPositionEmbeddings" in model.doubtful:
        return None
    positions = model.max_position_embeddings
    if _by_flag(plan, _LENGTH_FLAGS):
        scaled = scaled_length(plan)
        if scaled is None:
            scaled = overridden_length(plan)
        if scaled is None and is_stretched(plan):
            return None
        positions = positions if scaled is None else scaled
    return None if positions is None or length <= positions else (length, positions)


def scaled_length(plan: Plan) -> int | None:
    """Return the length that vLLM derives from the rope scaling of the profile, None without one.

    Newer releases multiply by the factor only of those kinds that do not stretch the positions themselves.
    """
    model = plan.model.architecture
    if model is None or not is_stretched(plan):
        return None
    newer = not vllm.at_least(vllm_startup.rope_length_until(), plan.server.release)
    overrides = mapping(value(plan, "hf-overrides")) or {}
    given = [found for name in _ROPE if (found := mapping(value(plan, name))) is not None]
    if not given or any(key not in _ROPE_KEYS for key in overrides):
        return None
    kind, factor = given[0].get("rope_type") or given[0].get("type"), share(given[0].get("factor"))
    whole: int | None = model.max_position_embeddings
    if newer and (kind in ("yarn", "llama3", "longrope") or model.multimodal):
        return whole
    if kind == "yarn":
        whole = number(given[0].get("original_max_position_embeddings"))
    elif kind not in ("linear", "dynamic"):
        return None
    return None if whole is None or factor is None else whole * factor // WHOLE


def overridden_length(plan: Plan) -> int | None:
    """Return the length that hf-overrides alone gives a model without a rope scaling that multiplies it.

    The outer config of a model with images has no length, so that its own one stays.
    """
    model, overrides = plan.model.architecture, mapping(value(plan, "hf-overrides")) or {}
    others = _LENGTH_KEYS.intersection(overrides) - {_POSITIONS}
    if model is None or _POSITIONS not in overrides or others or _by_flag(plan, _ROPE_FLAGS):
        return None
    if model.multimodal:
        return model.max_position_embeddings
    plain = model.rope_type in (None, "default", "llama3")
    return number(overrides[_POSITIONS]) if plain else None


_POSITIONS = "max_position_embeddings"
_ROPE_FLAGS = ("rope-scaling", "rope-theta")
_LENGTH_FLAGS = (*_ROPE_FLAGS, "hf-overrides")
"""The flags that can give a model another length than its config.json."""
_ROPE_KEYS = ("rope_scaling", "rope_parameters")
_ROPE = ("rope-scaling", *(f"hf-overrides.{key}" for key in _ROPE_KEYS))


_LENGTH_KEYS = frozenset((
    *_ROPE_KEYS, "architectures", "llm_config", _POSITIONS, "max_seq_len", "max_seq_length",
    "max_sequence_length", "max_target_positions", "model_max_length", "model_type", "n_positions",
    "rope_theta", "seq_len", "seq_length", "sliding_window", "text_config",
))  # fmt: skip
"""Keys of a config.json by which vLLM derives the length (vllm/config, _get_and_verify_max_len)."""


def is_stretched(plan: Plan) -> bool:
    """Tell whether the profile gives the model another length than its config.json."""
    overrides = mapping(value(plan, "hf-overrides"))
    read = vllm_startup.reads_rope_parameters(plan.server.release)
    unread = frozenset() if read else {"rope_parameters"}
    if overrides is not None and (_LENGTH_KEYS - unread).isdisjoint(overrides):
        return _by_flag(plan, _ROPE_FLAGS)
    return _by_flag(plan, _LENGTH_FLAGS)


def _by_flag(plan: Plan, names: tuple[str, ...]) -> bool:
    """Tell whether one of some flags is set, whole or by a key inside."""
    return any(item.meant.split(".", 1)[0] in names for item in plan.server.arguments)


def gpu_memory(plan: Plan) -> Related:
    """Return the fact behind a finding about memory."""
    platform = plan.platform
    return Related(
        f"{platform.gpu_model} has {platform.gpu_memory_gib} GiB", place=platform.cite("gpuMemoryGib")
    )
