"""Which rank is on which GPU: that of the estimate, seen from the nodes."""

from __future__ import annotations

from typing import Any

import pytest

from picture_plans import PLANS
from plan_of import base
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
    ("spec", "text"),
    [
        ({}, "2 groups: 32 GPUs on 4 nodes"),
        ({"scaling": {"adapter": "keda", "maxReplicas": 2}}, "2 groups: 32 GPUs on 4 nodes"),
        (
            {"scaling": {"adapter": "keda", "maxReplicas": 5}},
            "2 to 5 groups: 32 to 80 GPUs on 4 to 10 nodes",
        ),
        (
            {
                "scaling": {"adapter": "keda", "minReplicas": 1, "maxReplicas": 2},
                "model": {"id": "openai/gpt-oss-120b"},
                "parallelism": {"tensor": 4, "pipeline": 1},
                "nodes": 1,
            },
            "1 to 2 groups: 4 to 8 GPUs on at least 1 node",
        ),
    ],
)
def test_groups_of_an_autoscaler_are_a_range(spec: dict[str, Any], text: str) -> None:
    assert placement.groups(base(replicas=2, monitoring={}, **spec)) == text


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((), ""), ((3,), "3"), ((0, 1, 2), "0-2"), ((0, 1, 5, 7, 8), "0-1, 5, 7-8")],
)
def test_runs(numbers: tuple[int, ...], text: str) -> None:
    assert placement.runs(numbers) == text
