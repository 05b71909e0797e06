"""The name of a setting -> its value and its place in the profile, for the conditions of facts/startup.yaml.

A setting is a flag, a key inside its JSON, a variable, a size or a fact of the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from r1c.capacity.settings import is_v1, number
from r1c.diagnostics import Path
from r1c.diagnostics.suggest import listed
from r1c.facts import vllm, vllm_history, vllm_models, vllm_startup
from r1c.facts.model import Architecture, Attention, State
from r1c.profile.paths import ARGS, ENV, MODEL_ID
from r1c.resolve.plan import Plan
from r1c.resolve.server import Argument, mapping

_ROPE = "rope-override"
_HEADS = {"all2all": "all2all-backend", "backend": "attention-backend"}
_SHORT = {
    "compilation-config.cudagraph_capture_sizes": "cudagraph-capture-sizes",
    "compilation-config.max_cudagraph_capture_size": "max-cudagraph-capture-size",
    "speculative-config.method": "spec-method",
    "speculative-config.model": "spec-model",
    "speculative-config.num_speculative_tokens": "spec-tokens",
}
"""Keys of a JSON flag that newer releases have as flags of their own."""


def _argument(plan: Plan, name: str) -> Argument | None:
    found = plan.server.argument(name)
    return found if found and found.flag else None


def _flag(plan: Plan, name: str) -> Any:
    """Return what a flag, or a dotted key inside its JSON, is set to."""
    held, keys = _holder(plan, name)
    value: Any = held.value if held and held.flag else _gathered(plan, name)
    for key in keys:
        inside = mapping(value)
        value = inside.get(key) if inside else None
    short = _argument(plan, _SHORT[name]) if value is None and name in _SHORT else None
    return short.value if short else value


def _gathered(plan: Plan, name: str) -> Mapping[str, Any] | None:
    """Return the map that dotted flags such as NAME.key fill together, None without any."""
    inside = {
        argument.meant.removeprefix(f"{name}.").replace("-", "_"): argument.value
        for argument in _dotted(plan, name)
        if argument.flag
    }
    return inside or None


def _dotted(plan: Plan, name: str) -> tuple[Argument, ...]:
    return tuple(item for item in plan.server.arguments if item.meant.startswith(f"{name}."))


def _holder(plan: Plan, name: str) -> tuple[Argument | None, list[str]]:
    """Return the argument that holds a subject, and the keys to it; the longest dotted flag wins."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        found = plan.server.argument(".".join(parts[:length]))
        if found:
            return found, parts[length:]
    return None, parts[1:]


def _model(read: Callable[[Architecture], Any]) -> Callable[[Plan], Any]:
    def value(plan: Plan) -> Any:
        model = plan.model.architecture
        return read(model) if model else None

    return value


def _multimodal(plan: Plan) -> bool | None:
    """Tell whether a model takes more than text; None if its class is not known."""
    model, release = plan.model.architecture, plan.server.release
    if model is None or model.multimodal:
        return None if model is None else True
    if vllm_startup.known_as("text", model.architectures):
        return False
    read = vllm_models.read(release)
    served = bool(model.architectures) and read is not None
    if not served or not all(vllm_models.has("in", name, str(read)) for name in model.architectures):
        return None
    images = any(vllm_models.has("multimodal", name, str(read)) for name in model.architectures)
    return None if images else False


def _rotary(plan: Plan) -> bool | None:
    """Tell whether layers read the rotary embeddings of the outer config; None if the class is not known."""
    model, images = plan.model.architecture, _multimodal(plan)
    if model and vllm_startup.known_as("rotaryless", model.architectures):
        return False
    return None if images is None else not images


def _unread(plan: Plan) -> str | None:
    """Return the first VLLM_* variable that the release does not read."""
    names = (*plan.server.env, *plan.server.secrets)
    release = plan.server.release
    return next(
        (name for name in names if name.startswith("VLLM_") and not vllm_history.reads(name, release)), None
    )


def _attention(plan: Plan) -> Any:
    """Return mla or gqa; None for a model with latent fields that vLLM may run without its MLA backends."""
    model = plan.model.architecture
    if model is None:
        return None
    if model.mla is None or plan.server.env.get("VLLM_MLA_DISABLE") == "1":
        return "gqa"
    return "mla" if model.model_type.startswith(("deepseek", "kimi")) else None


def _experts(model: Architecture) -> int | None:
    """Return the routed experts; None if the config.json may have them under another name."""
    if model.moe:
        return model.moe.n_routed_experts
    return 0 if vllm_startup.known_as("dense", model.architectures) else None


_DTYPES = {"half": "float16", "float": "float32", "bf16": "bfloat16"}


def _dtype(plan: Plan) -> str | None:
    """Return the dtype that the model computes in: what is asked for, else that of its checkpoint."""
    asked, model = _flag(plan, "dtype"), plan.model.architecture
    if isinstance(asked, str) and asked != "auto":
        return _DTYPES.get(asked, asked)
    if model is None:
        return None
    # Weights of fewer bits are computed in bfloat16, but for those of a config.json that says float16.
    own = _DTYPES.get(model.checkpoint_weight_dtype, model.checkpoint_weight_dtype)
    return own if own in ("float16", "float32") else "bfloat16"


def _window(model: Architecture) -> int | None:
    windows = (
        layer.mixer.window
        for layer in model.kinds
        if isinstance(layer.mixer, Attention) and layer.mixer.window and not layer.mixer.chunked
    )
    return next(windows, None)


def statistics_off(plan: Plan) -> Path | None:
    """Return the place of the flag that keeps vLLM from making its metrics, None without it."""
    argument = plan.server.argument("disable-log-stats")
    return argument.path if argument and argument.value is True else None


def backend(plan: Plan) -> tuple[str, Path] | None:
    """Return the attention backend that a flag or a variable sets, with its place."""
    for name in ("attention-backend", "attention-config.backend"):
        asked = _flag(plan, name)
        if isinstance(asked, str):
            return asked.upper(), place(plan, name)
    asked = plan.server.env.get("VLLM_ATTENTION_BACKEND")
    if asked is None or not vllm_history.reads("VLLM_ATTENTION_BACKEND", plan.server.release):
        return None
    return asked, (*ENV, "VLLM_ATTENTION_BACKEND")


def _backend(plan: Plan) -> str | None:
    found = backend(plan)
    return found[0] if found else None


def _all2all(plan: Plan) -> Any:
    asked = _flag(plan, "all2all-backend")
    if asked is not None or not vllm_history.reads("VLLM_ALL2ALL_BACKEND", plan.server.release):
        return asked
    return plan.server.env.get("VLLM_ALL2ALL_BACKEND")


def _experts_backend(plan: Plan) -> str | None:
    """Return the backend of the routed experts, in vLLM's spelling."""
    for name in _EXPERTS_BACKEND:
        asked = _flag(plan, name)
        if isinstance(asked, str):
            return asked.lower().replace("-", "_")
    return None


_EXPERTS_BACKEND = ("moe-backend", "kernel-config.moe_backend")

_DERIVED: Mapping[str, Callable[[Plan], Any]] = {
    "all2all": _all2all,
    "backend": _backend,
    "model.dtype": _dtype,
    "environment.unread": _unread,
    "engine": lambda plan: "V1" if is_v1(plan.server.env, plan.server.release) else "V0",
    "experts-backend": _experts_backend,
    "executor": lambda plan: plan.server.executor,
    "gpu.major": lambda plan: int(plan.platform.compute_capability.split(".")[0]),
    "gpu.model": lambda plan: plan.platform.gpu_model,
    "model.architecture": _model(lambda model: model.architectures[0] if model.architectures else None),
    "model.attention": _attention,
    "model.experts": _model(_experts),
    "model.id": lambda plan: plan.model.id,
    "model.kvHeads": _model(lambda model: model.kv_heads[0] if len(model.kv_heads) == 1 else None),
    "model.method": _model(lambda model: model.quantization.declared if model.quantization else None),
    "model.multimodal": _multimodal,
    "model.positions": _model(lambda model: model.max_position_embeddings),
    "model.quantization": _model(lambda model: model.quantization.method if model.quantization else None),
    "model.rope": _model(lambda model: model.rope_type),
    "model.rotary": _rotary,
    "model.states": _model(lambda model: any(isinstance(kind.mixer, State) for kind in model.kinds)),
    "model.type": _model(lambda model: model.model_type),
    "model.window": _model(_window),
    "parallelism.data": lambda plan: plan.group.data,
    "parallelism.ranks": lambda plan: plan.group.ranks,
    "parallelism.pipeline": lambda plan: plan.group.pipeline,
    "parallelism.tensor": lambda plan: plan.group.tensor,
}


def _spelled(plan: Plan, subject: str) -> str:
    """Name the key of hf-overrides that holds a rope scaling where a subject leaves it open."""
    if not subject.startswith(_ROPE):
        return subject
    inside = mapping(_flag(plan, "hf-overrides")) or {}
    newer = vllm.at_least(plan.server.release, vllm_startup.rope_parameters_since())
    other = newer and "rope_scaling" not in inside and "rope_parameters" in inside
    return f"hf-overrides.{'rope_parameters' if other else 'rope_scaling'}{subject.removeprefix(_ROPE)}"


def value(plan: Plan, subject: str) -> Any:
    """Return the value of a subject, None if it is not set."""
    subject = _spelled(plan, subject)
    if subject.startswith("env."):
        return plan.server.env.get(subject.removeprefix("env."))
    derived = _DERIVED.get(subject)
    return derived(plan) if derived else _flag(plan, subject)


def place(plan: Plan, subject: str) -> Path:
    """Return the path of a subject, set or not."""
    subject = _spelled(plan, subject)
    if subject.startswith("env."):
        return (*ENV, subject.removeprefix("env."))
    head, *keys = subject.split(".")
    if head in ("parallelism", "model"):
        return ("spec", head, keys[0]) if head == "parallelism" else MODEL_ID
    if subject == "backend":
        found = backend(plan)
        return found[1] if found else ARGS
    if subject == "experts-backend":
        return place(plan, next((name for name in _EXPERTS_BACKEND if _flag(plan, name)), "moe-backend"))
    if subject == "all2all" and _flag(plan, "all2all-backend") is None:
        return (*ENV, "VLLM_ALL2ALL_BACKEND")
    name = _HEADS.get(subject, subject)
    whole = plan.server.argument(name)
    if whole:
        return whole.path
    held, keys = _holder(plan, subject)
    held = held or plan.server.argument(_SHORT.get(subject, head)) or next(iter(_dotted(plan, head)), None)
    if held is None:
        return ARGS
    return (*held.path, *keys) if isinstance(held.value, Mapping) else held.path


def holds(plan: Plan, subject: str, wanted: Any) -> bool:
    """Tell whether a subject meets a condition of facts/startup.yaml."""
    found = value(plan, subject)
    return _meets(plan, found, wanted) if isinstance(wanted, Mapping) else _is_one(plan, found, wanted)


def _meets(plan: Plan, found: Any, wanted: Mapping[str, Any]) -> bool:
    return all(_COMPARED[name](plan, found, operand) for name, operand in wanted.items())


def _is_one(plan: Plan, found: Any, wanted: Any) -> bool:
    candidates = wanted if isinstance(wanted, list) else [wanted]
    return found is not None and any(_same(found, _operand(plan, item)) for item in candidates)


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    return bool(found == wanted or str(found) == str(wanted))


def _operand(plan: Plan, operand: Any) -> Any:
    """Return the value of an operand, which may be "@subject" or "@subject|default"."""
    if not isinstance(operand, str) or not operand.startswith("@"):
        return operand
    name, _, default = operand[1:].partition("|")
    found = value(plan, name)
    return (default or None) if found is None else found


def figure(value_: Any) -> float | None:
    """Read a number as vLLM's command line does, also a negative one; None for other values."""
    if isinstance(value_, float):
        return value_
    if isinstance(value_, str) and value_.startswith("-"):
        size = number(value_[1:])
        return None if size is None else -size
    return number(value_)


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[Plan, Any, Any], bool]:
    def check(plan: Plan, found: Any, operand: Any) -> bool:
        left, right = figure(found), figure(_operand(plan, operand))
        return left is not None and right is not None and compare(left, right)

    return check


def _begins(_: Plan, found: Any, operand: Any) -> bool:
    return isinstance(found, str) and found.startswith(tuple(operand))


def _contains(_: Plan, found: Any, operand: Any) -> bool:
    return isinstance(found, str | list | Mapping) and all(item in found for item in operand)


def _item_not(_: Plan, found: Any, operand: Any) -> bool:
    items = found if isinstance(found, list) else [found]
    return any(
        isinstance(item, str | int | float) and re.fullmatch(operand, str(item)) is None for item in items
    )


def _item_lacks_key(_: Plan, found: Any, operand: Any) -> bool:
    items = found if isinstance(found, list) else [found]
    given = [keys for item in items if (keys := mapping(item)) is not None]
    return any(key not in keys for keys in given for key in operand)


def _key_not(_: Plan, found: Any, operand: Any) -> bool:
    return any(re.fullmatch(operand, str(key)) is None for key in mapping(found) or ())


def _rising(_: Plan, found: Any, operand: Any) -> bool:
    figures = [figure(item) for item in found] if isinstance(found, list) else []
    known = [number_ for number_ in figures if number_ is not None]
    return all(low < high for low, high in pairwise(known)) is operand


def _largest_not(plan: Plan, found: Any, operand: Any) -> bool:
    figures = [figure(item) for item in found] if isinstance(found, list) else []
    known, wanted = [number_ for number_ in figures if number_ is not None], figure(_operand(plan, operand))
    return bool(known) and wanted is not None and max(known) != wanted


def _some(plan: Plan, found: Any, operand: Mapping[str, Any]) -> bool:
    return any(_meets(plan, item, operand) for item in (mapping(found) or {}).values())


_COMPARED: Mapping[str, Callable[[Plan, Any, Any], bool]] = {
    "above": _ordered(lambda left, right: left > right),
    "below": _ordered(lambda left, right: left < right),
    "notMultipleOf": _ordered(lambda left, right: right > 0 and left % right != 0),
    "not": lambda plan, found, operand: not _is_one(plan, found, operand),
    "given": lambda _, found, operand: (found is not None) is operand,
    "filled": lambda _, found, operand: bool(found) is operand,
    "begins": _begins,
    "contains": _contains,
    "itemNot": _item_not,
    "itemLacksKey": _item_lacks_key,
    "keyNot": _key_not,
    "some": _some,
    "rising": _rising,
    "largestNot": _largest_not,
    "list": lambda _, found, operand: isinstance(found, list) is operand,
    "map": lambda _, found, operand: (mapping(found) is not None) is operand,
    "text": lambda _, found, operand: isinstance(found, str) is operand,
    "lacks": lambda _, found, operand: isinstance(found, str) and not any(item in found for item in operand),
}
"""How a condition compares: each takes what the subject is and the condition's operand."""


def shown(plan: Plan, name: str) -> str:
    """Write a subject's value, or its default after a bar, for a message."""
    subject, _, default = name.partition("|")
    if subject == "version":
        return plan.server.version
    found = value(plan, subject)
    if found is None:
        return default
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, list):
        return listed((str(item) for item in found), "and")
    return str(found) or '""'
