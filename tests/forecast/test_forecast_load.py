"""Loads: how they are written, and those of a benchmark's points."""

from __future__ import annotations

from typing import Any

import pytest

from plan_of import base
from r1c.diagnostics import UserError
from r1c.forecast import load
from r1c.forecast.load import Load


def loads(**benchmark: Any) -> tuple[Load, ...]:
    return load.of_benchmark(base(benchmark=benchmark))


def test_a_load_is_three_numbers() -> None:
    assert load.read("8192/1024/64") == Load("8192/1024/64", 8192, 1024, 64)


def test_a_load_can_be_a_rate() -> None:
    assert load.read("8192/1024/2.5/s") == Load("8192/1024/2.5/s", 8192, 1024, load.NO_LIMIT, 2.5)


@pytest.mark.parametrize(
    "text", ["8192/1024", "8k/1k/64", "0/1024/64", "8192/1024/64/2", "", "8192/1024/-1", "1/1/0/s"]
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        load.read(text)
    assert str(caught.value) == (
        f"--load {text}: expected INPUT/OUTPUT/REQUESTS: tokens of a prompt, tokens of an answer and "
        "requests in flight, such as 8192/1024/64; or requests a second, such as 8192/1024/2.5/s"
    )


def test_a_point_without_a_load_sends_its_prompts_together() -> None:
    (one,) = loads(inputLen=1000, outputLen=500, prompts=200)
    assert one == Load("1000-in-500-out", 1000, 500, 200, None, once=True)


def test_points_keep_their_own_loads() -> None:
    points = [
        {"concurrency": 16, "prompts": 80},
        {"concurrency": 128, "prompts": 64},
        {"requestRate": 2.5, "name": "steady"},
        {"dataset": "sharegpt", "datasetPath": "/gcs/sharegpt.json", "concurrency": 8},
    ]
    found = loads(inputLen=1000, outputLen=500, prompts=200, points=points)
    assert [(one.in_flight, one.rate, one.once) for one in found] == [
        (16, None, False),
        (64, None, False),
        (200, 2.5, False),
    ]


def test_groups_share_a_load() -> None:
    whole = Load("x", 1000, 500, 65, 3.0)
    assert load.of_one_group(whole, 2) == Load("x", 1000, 500, 33, 1.5)
