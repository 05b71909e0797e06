"""Records are dataclasses to whoever uses them: made, compared, matched, refused and pickled as those are."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from r1c.record import field, named_record, record, replace


@record
class Place:
    """A place, with a default of each kind."""

    file: str
    line: int
    column: int = 1
    notes: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@named_record
class Search:
    """A record whose fields are given by name."""

    limit: int = 10
    word: str


@record
class Empty:
    """A record without a field."""


@dataclasses.dataclass(frozen=True, slots=True)
class Twin:
    """The same as a dataclass."""

    file: str
    line: int
    column: int = 1
    notes: list[str] = dataclasses.field(default_factory=list)


def outcome(cls: Any, values: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[Any, ...] | str:
    try:
        made = cls(*values, **named)
    except TypeError:
        return "refused"
    return tuple(getattr(made, name) for name in ("file", "line", "column", "notes"))


def test_every_way_of_making_one_is_a_dataclass_way() -> None:
    names = ("file", "line", "column", "notes", "other")
    tried = 0
    for count in range(6):
        for size in range(4):
            for chosen in itertools.combinations(names, size):
                values, named = tuple(range(count)), {name: name for name in chosen}
                assert outcome(Place, values, named) == outcome(Twin, values, named), (values, named)
                tried += 1
    assert tried == 6 * 26


@pytest.mark.parametrize(
    ("values", "named", "message"),
    [
        ((), {}, "Place() needs a value for file"),
        (("a",), {}, "Place() needs a value for line"),
        (("a",), {"file": "b", "line": 1}, "Place() has two values for file"),
        (("a", 1), {"colour": 1}, "Place() has no field colour"),
        (("a", 1, 2, [], 3), {}, "Place() takes 4 values, got 5"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(
    values: tuple[Any, ...], named: Mapping[str, Any], message: str
) -> None:
    cls: Any = Place
    with pytest.raises(TypeError) as caught:
        cls(*values, **named)
    assert str(caught.value) == message


def test_records_of_one_class_are_equal_by_value() -> None:
    assert Place("a", 1) == Place("a", 1, 1, [])
    assert Place("a", 1) != Place("a", 2)
    other: Any = Twin("a", 1)
    assert Place("a", 1) != other
    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())
    assert len({replace(Place("a", 1), notes=()), replace(Place("a", 1), notes=())}) == 1


def test_a_record_is_shown_and_matched_by_its_fields() -> None:
    assert repr(Place("a", 1)) == "Place(file='a', line=1, column=1, notes=[])"
    match Place("a", 3):
        case Place(file, line):
            assert (file, line) == ("a", 3)
    assert Place("a", 3).shown == "a:3:1"


def test_a_record_cannot_be_changed() -> None:
    place: Any = Place("a", 1)
    with pytest.raises(dataclasses.FrozenInstanceError, match=r"Place\.line cannot be changed"):
        place.line = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del place.line
    with pytest.raises(dataclasses.FrozenInstanceError):
        place.colour = "red"


def test_each_record_has_a_made_default_of_its_own() -> None:
    first, second = Place("a", 1), Place("a", 1)
    first.notes.append("x")
    assert second.notes == []


def test_replace() -> None:
    assert replace(Place("a", 1, 5), line=2) == Place("a", 2, 5)
    with pytest.raises(TypeError, match="has no field colour"):
        replace(Place("a", 1), colour=1)


def test_a_record_goes_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Place("a", 1, 2, ["x"]))) == Place("a", 1, 2, ["x"])
    assert pickle.loads(pickle.dumps(Search(word="a"))) == Search(word="a")


def test_fields_given_by_name_are_in_any_order() -> None:
    assert repr(Search(word="a")) == "Search(limit=10, word='a')"
    assert replace(Search(word="a"), limit=2) == Search(word="a", limit=2)
    cls: Any = Search
    assert [item.kw_only for item in dataclasses.fields(cls)] == [True, True]
    with pytest.raises(TypeError):
        cls("a")
    with pytest.raises(TypeError, match="needs a value for word"):
        cls(limit=1)


def test_dataclasses_takes_a_record_for_one() -> None:
    cls: Any = Place
    assert dataclasses.is_dataclass(cls)
    assert [item.name for item in dataclasses.fields(cls)] == ["file", "line", "column", "notes"]
    place: Any = Place("a", 1)
    assert dataclasses.asdict(place) == {"file": "a", "line": 1, "column": 1, "notes": []}
    assert dataclasses.replace(place, line=4) == Place("a", 4)


def test_a_field_without_a_default_after_one_with_a_default_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match=r"^Wrong\.line has no default, but column before it has one$"):

        @record
        class Wrong:
            column: int = 1
            line: int  # type: ignore[misc]  # mypy sees it as well


@pytest.mark.parametrize("value", [[], {}, set(), bytearray()], ids=lambda value: type(value).__name__)
def test_a_default_that_can_be_changed_is_refused_at_once(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^the default of Wrong\.items can be changed: use field\("):

        @record
        class Wrong:
            items: Any = value


def test_a_parent_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match=r"^the record Wrong has a parent"):

        @record
        class Wrong(Exception):  # noqa: N818  # the records' names are alike
            line: int
