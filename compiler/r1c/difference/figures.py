"""Two sides -> the figures that differ: cluster, nodes, GPUs, parallelism, KV cache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from r1c.difference.side import Side
from r1c.record import record
from r1c.resolve.plan import Group, Plan


@record
class Figure:
    """One figure of both sides, None if a side has none; a pair is the least and the most to expect."""

    what: str
    old: int | str | tuple[float, float] | None
    new: int | str | tuple[float, float] | None


def figures(old: Side | None, new: Side | None) -> tuple[Figure, ...]:
    """Return the figures that differ, in the order of a reader's questions.

    If a side does not name its cluster, clusters are left out.
    """
    known = all(side.cluster for side in (old, new) if side)
    before, after = (
        {**(_cluster(side.cluster) if known and side.cluster else {}), **dict(_figures(side.plan))}
        if side and side.plan
        else {}
        for side in (old, new)
    )
    names = dict.fromkeys((*after, *before))
    every = (Figure(name, before.get(name), after.get(name)) for name in names)
    return tuple(figure for figure in every if figure.old != figure.new)


def _cluster(cluster: Mapping[str, str]) -> dict[str, str]:
    zone = {"zone": cluster["location"]} if "location" in cluster else {}
    return {"project": cluster["project"], "region": cluster["region"], **zone, "cluster": cluster["name"]}


def _figures(plan: Plan) -> Iterator[tuple[str, int | str | tuple[float, float]]]:
    # Imported here: a comparison that finds nothing needs no figures.
    from r1c.capacity import estimate

    group = plan.group
    yield "model", plan.model.id
    yield "weights", "each node from Hugging Face" if plan.weights.on_hub else plan.weights.address
    yield "platform", plan.platform.id
    yield "vLLM", plan.server.version
    yield "image", plan.image.reference
    yield "nodes", plan.least_nodes
    yield "GPUs", group.gpus * group.replicas
    yield "GPU-hours a day", 24 * group.gpus * group.replicas
    yield "groups", group.replicas
    yield "parallelism", _cut(group)
    capacity = estimate(plan)
    if capacity:
        yield "KV-cache tokens", (capacity.tokens.low, capacity.tokens.high)
        yield "sequences at full length", capacity.at_once
        yield "full length in tokens", capacity.length


def _cut(group: Group) -> str:
    sizes = {"tensor": group.tensor, "pipeline": group.pipeline, "data": group.data, "context": group.context}
    return " x ".join(
        f"{name} {size}" for name, size in sizes.items() if size > 1 or name in ("tensor", "pipeline")
    )
