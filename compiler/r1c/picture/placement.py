"""A Plan -> the GPUs of its nodes, each with its rank, pipeline stage and data parallel copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c.capacity import stages
from r1c.diagnostics.suggest import counted
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Gpu:
    """A GPU of a pod; `rank` is None for one that no rank uses."""

    number: int
    rank: int | None
    stage: int
    copy: int


@record
class Node:
    """A node of one group, with the GPUs of the pod on it."""

    number: int
    gpus: tuple[Gpu, ...]

    @property
    def ranks(self) -> tuple[int, ...]:
        """The ranks on it."""
        return tuple(gpu.rank for gpu in self.gpus if gpu.rank is not None)

    @property
    def stages(self) -> tuple[int, ...]:
        """The pipeline stages on it, each once."""
        return tuple(dict.fromkeys(gpu.stage for gpu in self.gpus if gpu.rank is not None))

    @property
    def copies(self) -> tuple[int, ...]:
        """The data parallel copies on it, each once."""
        return tuple(dict.fromkeys(gpu.copy for gpu in self.gpus if gpu.rank is not None))


def nodes(plan: Plan) -> tuple[Node, ...]:
    """Return the nodes of one group, in order."""
    group, each = plan.group, plan.group.gpus_per_pod
    stage_of = {rank: stage for stage in range(group.pipeline) for rank in stages.placed(stage, group)[0]}
    a_copy = group.tensor * group.context * group.pipeline

    def gpu(node: int, number: int) -> Gpu:
        rank = node * each + number
        if rank not in stage_of:
            return Gpu(number, None, 0, 0)
        return Gpu(number, rank, stage_of[rank], rank // a_copy)

    return tuple(
        Node(node, tuple(gpu(node, number) for number in range(each))) for node in range(group.nodes)
    )


def shape(plan: Plan) -> str:
    """Say what one group is: its nodes, its GPUs, and how these share the model."""
    group = plan.group
    sizes = {"tensor": group.tensor, "pipeline": group.pipeline, "data": group.data, "context": group.context}
    cut = " x ".join(
        f"{name} {size}" for name, size in sizes.items() if size > 1 or name in ("tensor", "pipeline")
    )
    return f"{counted(group.nodes, f'{plan.platform.id} node')}, {counted(group.gpus, 'GPU')}: {cut}"


def groups(plan: Plan) -> str:
    """Say how many groups there are, and what all of them need together: with an autoscaler a range."""
    group = plan.group
    if plan.scaling and plan.scaling.most > plan.scaling.least:
        return _range(plan, plan.scaling.least, plan.scaling.most)
    least = "at least " if plan.least_nodes < group.nodes * group.replicas else ""
    total = f"{counted(group.gpus * group.replicas, 'GPU')} on {least}{counted(plan.least_nodes, 'node')}"
    return f"{counted(group.replicas, 'group')}: {total}"


@record
class Nic:
    """A network interface of a pod: what it belongs to, in words, and whether it is for the GPUs."""

    name: str
    of: str
    for_gpus: bool


def nics(plan: Plan) -> tuple[Nic, ...]:
    """Return the interfaces of a pod; none on the host's network, and for a group of one node."""
    network, own = plan.network, plan.platform
    if network.host:
        return ()
    if network.claim:
        claimed = (
            Nic(name, f"claim of {network.claim.device_class}", True) for name in network.claim.interfaces
        )
        return (Nic(own.control_interface, "pod network", False), *claimed)
    return tuple(Nic(item.name, item.network, item.name in own.gpu_interfaces) for item in network.interfaces)


def _range(plan: Plan, fewest: int, most: int) -> str:
    gpus, ends = plan.group.gpus, (plan.nodes_of(fewest), plan.nodes_of(most))
    least = "at least " if ends[1] < plan.group.nodes * most else ""
    nodes = f"{ends[0]:,} to {counted(ends[1], 'node')}" if ends[0] < ends[1] else counted(ends[1], "node")
    return f"{fewest:,} to {most:,} groups: {gpus * fewest:,} to {gpus * most:,} GPUs on {least}{nodes}"


def interfaces(plan: Plan) -> str:
    """Say which NICs the pods have, for a group whose interfaces are not listed one by one."""
    if plan.network.host:
        return "NICs: those of the node (host network)"
    return "NICs: the pod network's; one node needs no other"


def between(plan: Plan) -> str | None:
    """Say how GPUs of different nodes reach each other; None for a group of one node."""
    stack, release = plan.gpudirect.stack, plan.gpudirect.release
    return None if plan.group.nodes == 1 else f"Between nodes: GPUDirect {stack} {release}"


def runs(numbers: Sequence[int]) -> str:
    """Write integers in order as runs: 0-7, 16-23."""

    def parts() -> Iterator[str]:
        start = before = numbers[0]
        for number in (*numbers[1:], None):
            if number is not None and number == before + 1:
                before = number
                continue
            yield str(start) if start == before else f"{start}-{before}"
            if number is not None:
                start = before = number

    return ", ".join(parts()) if numbers else ""
