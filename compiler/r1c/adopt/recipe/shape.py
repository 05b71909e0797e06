"""A recipe's strategies -> nodes, parallel sizes and expert parallelism of the group that a profile has.

The rules are those of the site's own command builder (vllm-project/recipes, src/lib/command-synthesis.js and
strategies/*.yaml), but for one: on several nodes pipeline stages come first, since r1c knows the networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c import facts
from r1c.adopt.manifest.account import at_path
from r1c.adopt.manifest.container import section, words
from r1c.adopt.profile_draft import Draft, at, given, join, took
from r1c.adopt.recipe.layers import Machine
from r1c.diagnostics import Path, UserError
from r1c.diagnostics.suggest import listed

TWO_ROLES = "pd_cluster"
"""The strategy that serves from two groups, one for prefill and one for decode."""
NO_ROLES = "it needs separate groups for prefill and decode, and a profile has one kind of group"
_ORDER: tuple[str, ...] = ("single_node_tp", "multi_node_tp_pp", "multi_node_tp", "multi_node_tp_dp")
_ORDER += ("multi_node_dep", "multi_node_tep", "single_node_tep", "single_node_dep")
"""The strategies whose shape a profile has; of those that the recipe offers, the first that fits is taken."""


def shape_of(
    data: Mapping[str, Any], variant: str, on: Machine, platform: object, wanted: str | None
) -> tuple[Draft, str | None]:
    """Return nodes and parallelism, and the strategy that they come from.

    Without a platform the GPUs of a node are not known, and the shape stays open. Raises UserError if the
    recipe does not offer the wanted strategy, or the model does not fit it.
    """
    offered = _offered(data, on)
    if wanted:
        _check(wanted, offered)
    if platform not in facts.platforms():
        if wanted:
            raise UserError("--strategy needs a platform: the parallel sizes depend on it; add --platform")
        return Draft(), None
    a_node = facts.platform(str(platform)).gpus_per_node
    needed = section(data, "variants", variant).get("vram_minimum_gb")
    size = facts.platform(str(platform)).gpu_memory_gib * a_node * 1024**3 / 1e9
    count = int(-(-needed // size)) if isinstance(needed, int | float) and needed > 0 else 1
    name = wanted or _recommended(data, offered, count)
    if name is None:
        return Draft(), None
    several = name.startswith("multi")
    nodes = max(count, -(-_least(data, name, on) // a_node), 2 if several else 1)
    if nodes > 1 and not several:
        if wanted:
            raise UserError(f"{name} is for one node, but the model needs {nodes} nodes of {platform}")
        return Draft(), None
    about = f"{name} of the recipe" + (f", which needs {needed} GB of GPU memory" if needed else "")
    memory: Path = ("variants", variant, "vram_minimum_gb")
    tensor, path = _own_size(data, variant, name, on)
    shape = given({**_sizes(name, tensor or a_node, a_node, nodes), "spec.nodes": nodes})
    used = [place for place in (path, memory if needed else ()) if place]
    used += _said(data, name)
    comments = {at("spec.parallelism.tensor"): about}
    return join(shape, _experts(name), Draft(comments=comments), took(*used)), name


def _sizes(name: str, tensor: int, a_node: int, nodes: int) -> dict[str, int]:
    """Return the parallel sizes of a strategy; the last word of its name is how it divides the model."""
    size, pipeline = "spec.parallelism.tensor", "spec.parallelism.pipeline"
    data = "spec.vllm.args.data-parallel-size"
    if name.endswith("_dep"):
        return {size: 1, data: a_node * nodes}
    if name.endswith("_tp_dp"):
        return {size: a_node, data: nodes}
    if name.endswith("_tp_pp"):
        return {size: a_node, pipeline: nodes}
    return {size: tensor if name == "single_node_tp" else a_node * nodes}


def _experts(name: str) -> Draft:
    return given({"spec.vllm.args.enable-expert-parallel": True if name.endswith(("_tep", "_dep")) else None})


def _offered(data: Mapping[str, Any], on: Machine) -> tuple[str, ...]:
    """Return the strategies that the recipe offers on a machine, in its order."""
    listed_ = dict.fromkeys(words(data.get("compatible_strategies")))
    for name, gate in section(data, "strategy_hardware").items():
        said = next(
            (gate[key] for key in (*on.keys, "default") if isinstance(gate, dict) and key in gate), None
        )
        if said == "unsupported":
            listed_.pop(str(name), None)
        elif said is not None:
            listed_[str(name)] = None
    return tuple(listed_)


def _said(data: Mapping[str, Any], name: str) -> list[Path]:
    """Return the places that name a strategy which is taken."""
    listed_ = words(data.get("compatible_strategies"))
    own: list[Path] = [("compatible_strategies", listed_.index(name))] if name in listed_ else []
    return [*own, *([("default_strategy",)] if data.get("default_strategy") == name else [])]


def _check(wanted: str, offered: tuple[str, ...]) -> None:
    known = listed([name for name in offered if name in _ORDER], "and") or "none that a profile has"
    if wanted == TWO_ROLES:
        raise UserError(f"--strategy {wanted}: {NO_ROLES}; the recipe also has {known}")
    if wanted not in offered or wanted not in _ORDER:
        raise UserError(f"the recipe has no strategy {wanted} for this hardware; it has {known}")


def _recommended(data: Mapping[str, Any], offered: tuple[str, ...], count: int) -> str | None:
    """Return the recipe's default strategy, or else the first one that holds the model."""
    own = str(data.get("default_strategy"))
    if count > 1:
        own = own.replace("single_node_", "multi_node_", 1)
    order = (own, *_ORDER) if own in _ORDER else _ORDER
    return next((one for one in order if one in offered and (count > 1) == one.startswith("multi")), None)


def _least(data: Mapping[str, Any], name: str, on: Machine) -> int:
    """Return the fewest GPUs that the recipe has for a strategy on a machine; 0 if it does not say."""
    declared = data.get("strategy_min_gpus")
    of_machine = declared.get(on.gpu) if isinstance(declared, dict) else None
    counts = [_count(declared, name), _count(of_machine, name)]
    return max(counts)


def _count(declared: Any, name: str) -> int:
    if isinstance(declared, dict):
        declared = declared.get(name)
    return declared if type(declared) is int else 0


def _own_size(data: Mapping[str, Any], variant: str, name: str, on: Machine) -> tuple[int | None, Path]:
    """Return the tensor parallel size that the recipe gives for one node of the machine, and its path."""
    if name != "single_node_tp":
        return None, ()
    own: tuple[Path, ...] = (("variants", variant, "tp"), ("strategy_overrides", name, "tp"))
    for path in own:
        value = at_path(data, path)
        place = path
        if isinstance(value, dict):
            place = next(((*path, key) for key in (*on.keys, "default") if key in value), path)
            value = at_path(data, place)
        if type(value) is int and value > 0:
            return value, place
    return None, ()
