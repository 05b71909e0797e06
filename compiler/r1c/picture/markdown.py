"""A Plan -> its nodes, ranks, stages and NICs as tables, and the memory of a GPU as bars, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.capacity import Capacity, estimate, unsized
from r1c.capacity.ranges import Range, gib, gib_range
from r1c.diagnostics.markdown import cells, code, escaped
from r1c.picture import memory, placement
from r1c.resolve.plan import Plan

_BAR = 40
"""Characters of a bar as long as the memory of a GPU."""
_SURE, _RANGE = "\u2588", "\u2591"


def page(plan: Plan) -> str:
    """Return the Markdown; what comes from a profile is in code spans."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    capacity = estimate(plan)
    yield f"## {code(plan.name)}"
    yield ""
    yield f"{code(plan.model.id)} with vLLM {escaped(plan.server.version)} on {placement.shape(plan)}."
    yield f"{placement.groups(plan)}; {plan.platform.gpu_model}."
    yield ""
    yield from _nodes(plan)
    if capacity is None:
        yield ""
        yield escaped(f"No memory figures: {unsized(plan)}.")
        return
    yield ""
    yield from _stages(capacity)
    yield ""
    yield from _memory(capacity)
    yield ""
    yield from _served(plan, capacity)


def _nodes(plan: Plan) -> Iterator[str]:
    several_stages, copies = plan.group.pipeline > 1, plan.group.data > 1
    head = [
        "Node",
        "Ranks",
        *(["Stages"] if several_stages else []),
        *(["Data parallel copies"] if copies else []),
    ]
    yield cells(*head)
    yield cells(*("---" for _ in head))
    for node in placement.nodes(plan):
        row = [str(node.number), placement.runs(node.ranks)]
        if several_stages:
            row.append(placement.runs(sorted(node.stages)))
        if copies:
            row.append(placement.runs(node.copies))
        yield cells(*row)
    yield ""
    claim, interfaces = plan.network.claim, placement.nics(plan)
    if claim:
        control, first, *_, last = (item.name for item in interfaces)
        yield (
            f"NICs of each pod: {control} of the pod network, and {first} to {last} by a claim of "
            f"{claim.count} {code(claim.device_class)}."
        )
    elif interfaces:
        nics = ", ".join(f"{item.name} {code(item.of)}" for item in interfaces)
        yield f"NICs of each pod and their networks: {nics}."
    else:
        yield f"{placement.interfaces(plan)}."
    between = placement.between(plan)
    if between:
        yield f"{escaped(between)}."


def _stages(capacity: Capacity) -> Iterator[str]:
    yield "| Stage | Ranks | Nodes | Layers | Weights per GPU | KV cache per token | Left for KV cache |"
    yield "|---:|---|---|---|---|---:|---|"
    for stage in capacity.stages:
        yield cells(
            str(stage.number),
            placement.runs(stage.ranks),
            placement.runs(stage.nodes),
            f"{stage.layers[0]} to {stage.layers[-1]}",
            gib_range(stage.weights),
            f"{stage.cache.token_bytes:,} bytes",
            gib_range(stage.pool),
        )


def _memory(capacity: Capacity) -> Iterator[str]:
    setting = memory.granted(capacity)
    share = f", {gib(capacity.granted)} of it for vLLM ({setting})" if setting else ""
    yield f"### {memory.heading(capacity)}"
    yield ""
    yield f"{gib(capacity.total)} as CUDA reports it{share}. A bar has {_BAR} characters for all of it; those"
    yield "of its range are light."
    yield ""
    yield "| Part | Size | |"
    yield "|---|---:|---|"
    for part in memory.parts(capacity):
        yield cells(part.name, gib_range(part.size), _bar(part.size, capacity.total))


def _bar(size: Range, total: int) -> str:
    low, high = (min(_BAR, round(end * _BAR / total)) for end in (size.low, size.high))
    return f"`{_SURE * low}{_RANGE * (high - low)}`" if high else ""


def _served(plan: Plan, capacity: Capacity) -> Iterator[str]:
    yield from (f"- {line}" for line in memory.served(plan, capacity))
    for remark in memory.remarks(capacity):
        yield from ("", escaped(remark))
