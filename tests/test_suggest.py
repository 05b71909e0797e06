"""Names that are not known, and what they may have meant."""

from __future__ import annotations

import pytest

from r1c.suggest import LISTED, advice, closest, listed

NAMES = ["serviceAccountName", "service", "storage", "nodes", "max-model-len"]


@pytest.mark.parametrize(
    "name, meant",
    [
        ("servce", "service"),
        ("Nodes", "nodes"),
        ("service_account_name", "serviceAccountName"),
        ("max_model_len", "max-model-len"),
        ("MAX-MODEL-LEN", "max-model-len"),
        ("storrage", "storage"),
        ("gpu", None),
        ("", None),
        ("サービス", None),
        ("x" * 1000, None),
    ],
)
def test_closest(name: str, meant: str | None) -> None:
    assert closest(name, NAMES) == meant
    assert closest(name, reversed(NAMES)) == meant


def test_closest_of_nothing() -> None:
    assert closest("name", []) is None


def test_listed() -> None:
    assert listed([]) == "nothing"
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a or b"
    assert listed(["a", "b", "c"], "and") == "a, b and c"
    assert listed(name for name in "ab") == "a or b"


def test_advice() -> None:
    assert advice("nods", NAMES, "fields of spec") == "did you mean nodes?"
    assert advice("gpu", ["b", "a"], "fields of spec") == "fields of spec: a and b"
    many = [f"name{number}" for number in range(LISTED + 1)]
    assert advice("gpu", many, "flags") == "there are 10 flags, none of them near this name"
