"""The first entry of a list or a command line, as a map has it."""

from __future__ import annotations

from typing import Any

import pytest

from r1c.profile.as_pairs import first


@pytest.mark.parametrize(
    ("value", "pair"),
    [
        ([{"name": "NCCL_DEBUG", "value": "INFO"}], "NCCL_DEBUG: INFO"),
        ([{"name": "VLLM_USE_V1", "value": "1"}], 'VLLM_USE_V1: "1"'),
        ([{"NCCL_DEBUG": "INFO"}, {"A": "b"}], "NCCL_DEBUG: INFO"),
        (["NCCL_DEBUG=INFO", "A=b"], "NCCL_DEBUG: INFO"),
        ("NCCL_DEBUG=INFO A=b", "NCCL_DEBUG: INFO"),
        (["CMD=a: b"], 'CMD: "a: b"'),
        ([{"name": "HF_TOKEN", "valueFrom": {}}], None),
        (["INFO"], None),
        ([], None),
        ("", None),
        (["A=" + "b" * 100], None),
    ],
)
def test_of_variables(value: Any, pair: str | None) -> None:
    assert first(value, strings=True) == pair


@pytest.mark.parametrize(
    ("value", "pair"),
    [
        (["--max-model-len=32768", "--enforce-eager"], "max-model-len: 32768"),
        (["--max-model-len", "32768"], "max-model-len: 32768"),
        ("--max-model-len 32768\n--enforce-eager\n", "max-model-len: 32768"),
        ("--enforce-eager --dtype half", "enforce-eager: true"),
        ("--enforce-eager", "enforce-eager: true"),
    ],
)
def test_of_flags(value: Any, pair: str) -> None:
    assert first(value, strings=False) == pair
