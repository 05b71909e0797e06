"""Which rank is on which GPU: that of the estimate, seen from the nodes."""

from __future__ import annotations

import pytest

from picture_plans import PLANS
from r1c.capacity import estimate
from r1c.picture import placement


@pytest.mark.parametrize("name", PLANS)
def test_every_rank_is_on_one_gpu_and_in_the_stage_of_the_estimate(name: str) -> None:
    plan = PLANS[name]
    nodes = placement.nodes(plan)
    assert [rank for node in nodes for rank in node.ranks] == list(range(plan.group.ranks))
    capacity = estimate(plan)
    for stage in capacity.stages if capacity else ():
        found = [(gpu.rank, node.number) for node in nodes for gpu in node.gpus if gpu.stage == stage.number]
        assert tuple(rank for rank, _ in found) == stage.ranks
        assert tuple(dict.fromkeys(node for _, node in found)) == stage.nodes


def test_copies_and_stages_of_a_node() -> None:
    first, second = placement.nodes(PLANS["data-parallel-with-stages"])
    assert (first.ranks, first.stages, first.copies) == (tuple(range(8)), (0, 1), (0,))
    assert (second.ranks, second.stages, second.copies) == (tuple(range(8, 16)), (0, 1), (1,))


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((), ""), ((3,), "3"), ((0, 1, 2), "0-2"), ((0, 1, 5, 7, 8), "0-1, 5, 7-8")],
)
def test_runs(numbers: tuple[int, ...], text: str) -> None:
    assert placement.runs(numbers) == text
