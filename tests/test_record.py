"""record: what a frozen record does, and what its class may not declare."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError

import pytest

from r1c.record import field, record, replace


@record
class Point:
    """A record as r1c has them: required fields, a default, a default of its own for each."""

    x: int
    y: int = 2
    marks: list[str] = field(default_factory=list)


def test_values_by_place_and_by_name() -> None:
    point = Point(1, y=3)
    assert (point.x, point.y, point.marks) == (1, 3, [])
    assert repr(point) == "Point(x=1, y=3, marks=[])"
    assert point == Point(1, 3)
    assert point != Point(1)
    assert replace(point, x=5) == Point(5, 3)


def test_it_behaves_the_same_however_many_are_made() -> None:
    """A record gets an __init__ of its own once it is made often."""
    made = [Point(number) for number in range(40)]
    assert [(point.x, point.y) for point in made] == [(number, 2) for number in range(40)]
    assert len({id(point.marks) for point in made}) == 40


def test_it_is_frozen_and_has_slots() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError, match=r"^Point\.x cannot be changed$"):
        point.x = 2  # type: ignore[misc]  # what is tested
    assert not hasattr(point, "__dict__")


def test_it_can_be_copied_and_sent_to_another_process() -> None:
    point = Point(1, marks=["a"])
    assert copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "missing 1 required positional argument: 'x'"),
        ({"x": 1, "z": 2}, "unexpected keyword argument 'z'"),
    ],
)
def test_a_wrong_argument_is_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Point(**arguments)  # type: ignore[arg-type]  # what is tested


def test_a_required_field_after_an_optional_one_is_refused_where_it_is_declared() -> None:
    with pytest.raises(TypeError, match=r"Late: y has no default, but follows x, which has one$"):

        @record
        class Late:
            x: int = 1
            y: int  # type: ignore[misc]  # what is tested


@pytest.mark.parametrize("shared", [[], {}, set()], ids=["list", "dict", "set"])
def test_a_default_that_records_would_share_is_refused(shared: object) -> None:
    kind = type(shared).__name__
    with pytest.raises(TypeError, match=rf"Bag: all records would share the {kind} of items; use field\(\)$"):

        @record
        class Bag:
            items: object = shared
