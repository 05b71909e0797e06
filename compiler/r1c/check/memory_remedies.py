"""A Plan that does not fit -> the changes that make it fit, smallest first, and other platforms."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.capacity import Capacity, estimate, weights
from r1c.capacity.ranges import gib
from r1c.capacity.settings import WHOLE, share
from r1c.check.rules import stages
from r1c.check.rules.tensor import fits
from r1c.diagnostics.suggest import listed
from r1c.facts import vllm
from r1c.record import replace
from r1c.resolve.plan import Plan
from r1c.resolve.server import Argument

_MOST_NODES = 64
"""r1c does not propose more nodes than this."""
_MOST_TIMES = 2
"""The cautious estimate may ask for so many times the stages of the optimistic one; beyond that, r1c proposes
the optimistic number.
"""
_LEAST_SEQUENCES = 64
"""r1c does not propose fewer sequences at once than this."""


def changes(plan: Plan, length: int | None) -> Iterator[str]:
    """Yield each change that makes the weights fit, and a sequence of `length` tokens if one is given.

    The cautious estimate decides if possible, else the optimistic one.
    """
    higher = _more_memory(plan, length)
    if higher is not None:
        yield f"write gpu-memory-utilization: {higher:g}"
    fewer = fewer_sequences(plan, length)
    if fewer is not None:
        yield f"write max-num-seqs: {fewer}"
    wider = _more_tensor(plan, length) or _more_stages(plan, length)
    if wider is not None:
        group, capacity = wider[0].group, wider[1]
        most = max(stage.weights.high for stage in capacity.stages)
        shape = f"tensor: {group.tensor}"
        if group.tensor == plan.group.tensor:
            shape = f"pipeline: {group.pipeline} with nodes: {group.nodes}"
        yield f"write {shape} ({gib(most)} of weights on each GPU)"
    model = plan.model.architecture
    if model is not None and model.quantization is None:
        eight = weights.quantised(model, "fp8")
        smaller = estimate(replace(plan, model=replace(plan.model, architecture=eight)))
        if smaller and _holds(smaller, length, cautious=False):
            most = max(stage.weights.high for stage in smaller.stages)
            yield f"use an FP8 checkpoint of the model, if there is one ({gib(most)} of weights on each GPU)"


def fewer_sequences(plan: Plan, length: int | None) -> int | None:
    """Return the max-num-seqs with whose logits it fits by the cautious estimate, halved until it does."""
    now = estimate(plan)
    if now is None or now.settings.pool is not None:
        return None
    sequences = now.settings.max_num_seqs // 2
    while sequences >= _LEAST_SEQUENCES:
        capacity = estimate(_with_argument(plan, "max-num-seqs", sequences))
        if capacity and _holds(capacity, length, cautious=True):
            return sequences
        sequences //= 2
    return None


def machines(plan: Plan, length: int | None) -> Iterator[str]:
    """Yield the platforms on which the model fits on one node, by the cautious estimate."""
    group = plan.group
    if group.data > 1 or group.context > 1:
        return
    found: dict[int, list[str]] = {}
    for id_ in facts.platforms():
        machine = facts.platform(id_)
        tensor = min(group.tensor, machine.gpus_per_node)
        alone = replace(group, tensor=tensor, pipeline=1, nodes=1, gpus_per_node=machine.gpus_per_node)
        other = replace(plan, platform=machine, group=alone)
        capacity = estimate(other) if id_ != plan.platform.id and fits(other) else None
        if capacity and _holds(capacity, length, cautious=True):
            found.setdefault(tensor, []).append(f"{id_}{_from(id_, plan)}")
    for tensor, names in found.items():
        fields = {"tensor": tensor, "pipeline": 1, "nodes": 1}
        now = {"tensor": group.tensor, "pipeline": group.pipeline, "nodes": group.nodes}
        other_fields = [f"{name}: {value}" for name, value in fields.items() if now[name] != value]
        rest = f", with {listed(other_fields, 'and')}" if other_fields else " (one node)"
        yield f"write platform: {listed(names)}{rest}"


def _from(platform: str, plan: Plan) -> str:
    """Say which release a platform needs, where the plan's is older."""
    since = facts.platform(platform).minimum_vllm
    older = since is not None and not vllm.at_least(plan.server.release, since)
    return f" with vLLM {since} or newer" if older else ""


def _more_memory(plan: Plan, length: int | None) -> float | None:
    now = estimate(plan)
    if now is None or now.settings.pool is not None:
        return None
    advised = (share(facts.memory().utilization.advised[1]) or 0) * 100 // WHOLE
    higher = range(now.settings.utilization * 100 // WHOLE + 1, advised + 1)

    def enough(percent: int) -> bool:
        capacity = estimate(_with_argument(plan, "gpu-memory-utilization", percent / 100))
        return capacity is not None and _holds(capacity, length, cautious=True)

    # What the highest share does not hold, no other does.
    if not higher or not enough(higher[-1]):
        return None
    return next(percent for percent in higher if enough(percent)) / 100


def _more_tensor(plan: Plan, length: int | None) -> tuple[Plan, Capacity] | None:
    """Return the plan with more of the GPUs of its one node, if its copies and stages leave some free."""
    group = plan.group
    if group.nodes > 1 or group.context > 1:
        return None
    optimistic = None
    for tensor in range(group.tensor + 1, group.gpus_per_node * group.tensor // group.ranks + 1):
        wider = replace(plan, group=replace(group, tensor=tensor))
        capacity = estimate(wider) if group.gpus_per_node % tensor == 0 and fits(wider) else None
        if capacity is None:
            continue
        if _holds(capacity, length, cautious=True):
            return wider, capacity
        if _holds(capacity, length, cautious=False):
            optimistic = wider, capacity
    return optimistic


def _more_stages(plan: Plan, length: int | None) -> tuple[Plan, Capacity] | None:
    model, group = plan.model.architecture, plan.group
    if model is None or not stages.possible(plan, group.pipeline + 1):
        return None
    env = {name: value for name, value in plan.server.env.items() if name != "VLLM_PP_LAYER_PARTITION"}
    optimistic = None
    for pipeline in range(group.pipeline + 1, len(model.layers) + 1):
        nodes, rest = divmod(group.ranks // group.pipeline * pipeline, group.gpus_per_node)
        if nodes > _MOST_NODES or (optimistic and nodes > _MOST_TIMES * optimistic[0].group.nodes):
            break
        if rest:
            continue
        wider = replace(
            plan,
            group=replace(group, pipeline=pipeline, nodes=nodes),
            server=replace(plan.server, env=env),
        )
        capacity = estimate(wider)
        if capacity is None:
            continue
        if _holds(capacity, length, cautious=True):
            return wider, capacity
        if optimistic is None and _holds(capacity, length, cautious=False):
            optimistic = wider, capacity
    return optimistic


def _holds(capacity: Capacity, length: int | None, *, cautious: bool) -> bool:
    """Tell whether vLLM accepts a sequence of `length` tokens.

    The tokens of the whole cache say less: with layers of fixed state they can be fewer than such a sequence.
    """
    accepted, wanted = capacity.accepted, length or 1
    return (accepted.low if cautious else accepted.high) >= wanted


def _with_argument(plan: Plan, name: str, value: float) -> Plan:
    others = tuple(argument for argument in plan.server.arguments if argument.meant != name)
    return replace(plan, server=replace(plan.server, arguments=(*others, Argument(name, name, value, None))))
