"""A recipe, a variant and a machine -> the parts that give flags and variables, later ones first to count.

The order is that of the site's own command builder (vllm-project/recipes, src/lib/command-synthesis.js).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c import facts
from r1c.adopt.manifest.account import at_path
from r1c.adopt.manifest.container import section, words
from r1c.diagnostics import Path
from r1c.record import record

_GENERATIONS: Mapping[str, str] = {"9": "hopper", "10": "blackwell"}
_ALL = "nvidia"


@record
class Machine:
    """A platform as the recipes name it: the GPU and its generation, None where no platform is chosen."""

    gpu: str | None = None
    generation: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Every name of the machine, the most exact one first."""
        return tuple(name for name in (self.gpu, self.generation, _ALL if self.gpu else None) if name)


@record
class Layer:
    """A part of the recipe: the path of its list of words, or of its map of variables."""

    path: Path
    variables: bool = False


def gpu(platform: str) -> str:
    """Return the recipes' name of a platform's GPU: h100, h200, b200."""
    return facts.platform(platform).gpu_model.split()[1].lower()


def machine(platform: object) -> Machine:
    """Return a platform as the recipes name it."""
    if platform not in facts.platforms():
        return Machine()
    major = facts.platform(str(platform)).compute_capability.partition(".")[0]
    return Machine(gpu(str(platform)), _GENERATIONS.get(major))


def features(
    data: Mapping[str, Any], variant: str, strategy: str | None
) -> Iterator[tuple[Path, str | None]]:
    """Yield the path of each feature that is on without being asked for, with its mode if it has modes."""
    asked = words(data.get("opt_in_features"))
    chosen = section(data, "variants", variant, "default_modes")
    for name, feature in section(data, "features").items():
        if not isinstance(feature, dict) or (name in asked and name not in chosen):
            continue
        allowed = words(feature.get("strategies"))
        if allowed and strategy not in allowed:
            continue
        yield ("features", str(name)), _mode(feature, variant, chosen.get(name))


def _mode(feature: Mapping[str, Any], variant: str, chosen: Any) -> str | None:
    modes = section(feature, "modes")
    fitting = [
        str(name)
        for name, mode in modes.items()
        if isinstance(mode, dict) and variant in (words(mode.get("variants")) or [variant])
    ]
    wanted = [str(name) for name in (chosen, feature.get("default_mode")) if name in fitting]
    return next(iter([*wanted, *fitting]), None)


def layers(data: Mapping[str, Any], variant: str, strategy: str | None, on: Machine) -> Iterator[Layer]:
    """Yield the parts that hold for a variant, a strategy and a machine; the last one of a flag counts."""
    own: Path = ("variants", variant)
    yield from _existing(data, ("model", "base_args"), ("model", "base_env"))
    if variant != "default":
        yield from _existing(data, (*own, "extra_args"), (*own, "extra_env"))
    override: Path = ("strategy_overrides", strategy or "")
    for key in ("extra_args", "vllm_args", "extra_env", "env"):
        yield from _existing(data, (*override, key))
    instead = _hardware(data, override, on.keys[1:])
    if instead:
        yield from _both(data, instead)
    else:
        for place in (_hardware(data, (), on.keys[1:]), _hardware(data, own, on.keys[1:])):
            yield from _both(data, place)
    yield from _both(data, _hardware(data, override, on.keys[:1]))
    if variant != "default":
        yield from _both(data, _hardware(data, own, on.keys[:1]))
    for path, mode in features(data, variant, strategy):
        whole: Path = (*path, "modes", mode) if mode else path
        better = _hardware(data, whole, on.keys)
        yield from _existing(data, (*(better or whole), "args"))


def _hardware(data: Mapping[str, Any], inside: Path, keys: tuple[str, ...]) -> Path:
    """Return the path of the override for the first of the keys that has one; empty if none has."""
    paths = ((*inside, "hardware_overrides", key) for key in keys)
    return next((path for path in paths if isinstance(at_path(data, path), dict)), ())


def _both(data: Mapping[str, Any], path: Path) -> Iterator[Layer]:
    if path:
        yield from _existing(data, (*path, "extra_args"), (*path, "extra_env"))


def _existing(data: Mapping[str, Any], *paths: Path) -> Iterator[Layer]:
    for path in paths:
        value = at_path(data, path)
        if isinstance(value, list | dict) and value:
            yield Layer(path, isinstance(value, dict))
