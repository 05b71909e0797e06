"""A recipe -> the parts that a profile does not carry, with the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c import facts
from r1c.adopt.manifest.account import at_path, leaves, left
from r1c.adopt.manifest.names import value_shown
from r1c.adopt.profile_draft import Draft
from r1c.adopt.recipe.layers import Machine, machine
from r1c.adopt.recipe.shape import NO_ROLES, TWO_ROLES
from r1c.diagnostics import Path

_TEXT = "it describes the recipe"
_OTHER_HARDWARE = "it is for other hardware than the profile"
_EXACTER = "a more specific part of the recipe replaces it"
_NO_PLATFORM = "it depends on the hardware; add --platform"
_TRIED = "it says on which hardware the recipe was verified"
_STRATEGIES = "import another one with --strategy"
_DESCRIBING = ("description", "label", "note", "install_note")
_MODEL = {
    "model_id": "the variant has its own",
    "min_vllm_version": "the variant has its own",
    "architecture": "r1c reads it from the model's config.json",
    "parameter_count": "r1c reads it from the model's config.json",
    "active_parameters": "r1c reads it from the model's config.json",
    "context_length": "r1c reads it from the model's config.json; vllm.args.max-model-len limits it",
    "supports_dcp": "it only says that decode context parallelism works",
    "nightly_required": "r1c builds on a released image; write another image under image",
    "docker_image": "it is not vLLM's image for NVIDIA GPUs; write the image under image",
    "docker_source": "r1c builds your own image; add the source to it there",
    "install": "r1c serves from an image; install it there",
    "flashinfer_autotune": "it only chooses what the recipe's site shows",
}
_ROOT = {
    "guide": _TEXT,
    "dependencies": "r1c serves from an image; install it there",
    "hardware_notes": _TEXT,
    "kv_offload_support": "it only says what the recipe's site offers",
    "opt_in_features": "the profile has the other features",
    "hardware_opt_in_features": "the profile has the features that are on for every hardware",
    "compatible_strategies": _STRATEGIES,
    "strategy_overrides": _STRATEGIES,
    "strategy_hardware": "it lists the strategies of the recipe for each hardware",
    "strategy_min_gpus": "it says how many GPUs a strategy needs",
    "default_strategy": _STRATEGIES,
    "kv_cache_strategy_hardware": _STRATEGIES,
}
_OURS = frozenset(key for name in facts.platforms() for key in machine(name).keys)
_UNKNOWN = "a profile has no field for it"


def of(data: Mapping[str, Any], draft: Draft, variant: str, strategy: str | None, on: Machine) -> Draft:
    """Return what is not carried; `draft` has what was taken."""
    grouped: dict[str, list[str]] = {}
    for part in left(data, draft.taken, lambda path: isinstance(at_path(data, path), dict) and len(path) < 2):
        for path, value in _values(at_path(data, part), part):
            reason = _reason(data, path, variant, strategy, on)
            grouped.setdefault(reason, []).append(f"{_dotted(path)}{value_shown(value)}")
    return Draft(dropped=tuple((", ".join(names), reason) for reason, names in grouped.items()))


def _values(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(node, list) and node and not any(isinstance(item, dict | list) for item in node):
        yield path, " ".join(map(str, node))
    elif isinstance(node, dict):
        for key, child in node.items():
            yield from _values(child, (*path, key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _values(child, (*path, index))
    else:
        yield from leaves(node, path)


def _reason(data: Mapping[str, Any], path: Path, variant: str, strategy: str | None, on: Machine) -> str:
    first, key = str(path[0]), str(path[-1])
    ours = first != "variants" or path[1:2] == (variant,)
    if "hardware_overrides" in path[:-1] and ours and key not in _DESCRIBING:
        chosen = str(path[path.index("hardware_overrides") + 1])
        if chosen in _OURS and not on.keys:
            return _NO_PLATFORM
        if chosen not in on.keys:
            return _OTHER_HARDWARE
        if first != "strategy_overrides":
            return _EXACTER
    if key in _DESCRIBING:
        return _TEXT
    if first == "meta":
        return _TRIED if path[1:2] in (("hardware",), ("default_hardware",)) else _TEXT
    if first == "model":
        return _MODEL.get(str(path[1]) if len(path) > 1 else "", _UNKNOWN)
    if first == "variants" and len(path) > 1:
        return _of_variant(path, variant, on)
    if first == "features" and len(path) > 1:
        return f"the profile has the recipe's default; write its flags under vllm.args for {path[1]}"
    if first == "hardware_overrides":
        return _OTHER_HARDWARE
    reason = _ROOT.get(first, _UNKNOWN)
    return _of_strategies(data, path, strategy) if reason == _STRATEGIES else reason


def _of_strategies(data: Mapping[str, Any], path: Path, strategy: str | None) -> str:
    if path[1:2] == (TWO_ROLES,) or at_path(data, path) == TWO_ROLES:
        return NO_ROLES
    return f"the profile has {strategy}; {_STRATEGIES}" if strategy else _NO_PLATFORM


def _of_variant(path: Path, variant: str, on: Machine) -> str:
    if path[1] != variant:
        return f"it is another checkpoint; import it with --variant {path[1]}"
    part = path[2] if len(path) > 2 else ""
    if part in ("precision", "precision_hardware", "supported_hardware"):
        return "r1c reads the precision from the model's config.json"
    if part in ("vram_minimum_gb", "tp"):
        return (
            "r1c computes the memory itself"
            if part == "vram_minimum_gb"
            else (_OTHER_HARDWARE if on.keys else _NO_PLATFORM)
        )
    if part == "hardware_overrides":
        return _OTHER_HARDWARE
    if part in ("extra_args", "extra_env"):
        return "the recipe's site does not apply it to the default variant"
    return _UNKNOWN if part != "docker_image" else "write the image under image"


def _dotted(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
