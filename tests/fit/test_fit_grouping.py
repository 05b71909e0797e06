"""Shapes, and how several that are out for one reason are described."""

from __future__ import annotations

import pytest

from r1c.fit.grouping import described
from r1c.fit.reason import Reason, duration, missed
from r1c.fit.shape import Shape, shapes

DENSE = list(shapes(8, 2, experts=False))
EXPERTS = list(shapes(8, 2, experts=True))


def test_shapes_of_one_node_use_a_part_that_divides_it() -> None:
    assert [str(shape) for shape in shapes(8, 1, experts=False)] == [
        "TP 1",
        "TP 2",
        "TP 1, PP 2",
        "TP 4",
        "TP 2, PP 2",
        "TP 1, PP 4",
        "TP 8",
        "TP 4, PP 2",
        "TP 2, PP 4",
        "TP 1, PP 8",
    ]


def test_every_shape_fills_its_nodes() -> None:
    for shape in EXPERTS:
        assert shape.gpus in (1, 2, 4) or shape.gpus == shape.nodes * 8
    assert len(EXPERTS) == len(set(EXPERTS)) == 25


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["TP 8"], "TP 8 alone"),
        (["TP 1", "TP 2", "TP 1, PP 2", "TP 4", "TP 2, PP 2", "TP 1, PP 4"], "1 to 4 GPUs"),
        (["TP 8", "TP 8, PP 2"], "TP 8"),
        (["TP 8", "TP 8, PP 2", "TP 1, PP 16"], "TP 8; TP 1, PP 16"),
        (["TP 16", "TP 8, PP 2", "TP 8"], "TP 8, 16"),
        (["TP 4", "TP 4, PP 2", "TP 2, PP 4", "TP 1, PP 8"], "TP 4 alone; TP 4, PP 2; TP 2, PP 4; 1 other"),
    ],
)
def test_shapes_are_described_by_what_only_they_have(names: list[str], text: str) -> None:
    chosen = [shape for shape in DENSE if str(shape) in names]
    assert described(chosen, DENSE) == text


def test_a_reason_has_both_numbers() -> None:
    assert str(Reason("sequences", figure=3, target=40)) == "KV cache for 3 of 40 requests"
    assert str(Reason("TTFT", figure=4.1, target=2.0)) == "TTFT 4.1 s, over 2 s"
    assert str(Reason("TPOT", figure=0.0521, target=0.05, low_meets=True)) == (
        "TPOT 52.1 ms, over 50 ms; only the better end of the range meets it"
    )
    assert missed("rate", (1.234, 2.5), 4.0) == "serves 1.23 to 2.5 of 4 requests a second"
    assert str(Reason("rule", "R1C301", "too large")) == "too large (R1C301)"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0412, "41.2 ms"), (1.3456, "1.35 s"), (0.9996, "1,000 ms"), (2.0, "2 s")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_shape_is_its_sizes() -> None:
    assert str(Shape(2, data=4, experts=True)) == "TP 2, DP 4, EP"
