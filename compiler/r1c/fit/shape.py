"""How a model can be divided over the GPUs of one group: every shape that the search looks at."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.record import record, replace


@record
class Shape:
    """The parallel sizes of one group and its nodes; `experts` tells whether experts are kept whole (EP)."""

    tensor: int
    pipeline: int = 1
    data: int = 1
    nodes: int = 1
    experts: bool = False

    @property
    def gpus(self) -> int:
        """GPUs of one group."""
        return self.tensor * self.pipeline * self.data

    def __str__(self) -> str:
        """Return the shape as reports show it: TP 8, PP 2."""
        sizes = {"TP": self.tensor, "PP": self.pipeline, "DP": self.data}
        words = [f"{name} {size}" for name, size in sizes.items() if size > 1 or name == "TP"]
        return ", ".join([*words, *(["EP"] if self.experts else [])])


def shapes(gpus_per_node: int, most_nodes: int, *, experts: bool) -> Iterator[Shape]:
    """Yield the shapes of groups of up to a number of nodes, by GPUs, the largest tensor parallel size first.

    A group that needs less than one node has a number of GPUs that divides those of the node. With `experts`,
    data parallel shapes follow, whose copies share the experts.
    """
    parts = [gpus for gpus in range(1, gpus_per_node) if gpus_per_node % gpus == 0]
    for gpus in (*parts, *(nodes * gpus_per_node for nodes in range(1, most_nodes + 1))):
        nodes = -(-gpus // gpus_per_node)
        sizes = [size for size in range(gpus, 0, -1) if gpus % size == 0]
        for tensor in sizes:
            yield Shape(tensor, gpus // tensor, nodes=nodes)
        if experts:
            for tensor in sizes[1:]:
                yield Shape(tensor, data=gpus // tensor, nodes=nodes, experts=True)


def with_whole_experts(shape: Shape) -> Shape | None:
    """Return the shape with expert parallelism; None if it has it, or no ranks to share the experts."""
    return None if shape.experts or shape.tensor == 1 else replace(shape, experts=True)
