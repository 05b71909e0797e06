"""A profile read by plain code is what pydantic makes of it; what pydantic refuses, plain code leaves
alone.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from r1c import profile_reader, source
from r1c.profile import Profile

REPO = Path(__file__).resolve().parent.parent
FILES = sorted(
    [*REPO.glob("profiles/*.yaml"), *REPO.glob("tests/rules/*/*.yaml"), *REPO.glob("tests/cases/*/*.yaml")]
)
ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 65535, 65536, 10**6 + 1, 2**63,
    0.0, 0.001, 0.5, 2.0, float("inf"), float("nan"),
    "", "x", "host", "8", "\ud800", "\u00fc", [], ["x"], [1], [{}], [{"operator": "Exists"}], {}, {"a": "b"},
    {"a": 1}, {1: "a"}, {"\ud800": "x"}, {"inputLen": 5},
)  # fmt: skip


def data(path: Path) -> dict[str, Any] | None:
    document = source.read(path.name, path.read_bytes())
    return document.data if document.usable else None


def dumped(value: Any) -> Any:
    if type(value).__module__ == profile_reader.__name__:
        return {name: dumped(getattr(value, name)) for name in value.__slots__}
    if isinstance(value, dict):
        return {key: dumped(item) for key, item in value.items()}
    return [dumped(item) for item in value] if isinstance(value, list) else value


def same(given: Any) -> bool:
    """Tell whether both readers agree: on the values, on their types, or on refusing."""
    try:
        wanted = repr(Profile.model_validate(given).model_dump())
    except ValidationError:
        return profile_reader.read(given) is None
    return repr(dumped(profile_reader.read(given))) == wanted


def changed(given: dict[str, Any], generator: random.Random) -> dict[str, Any]:
    """Change one thing somewhere: another value, one key less, one key more."""
    whole = copy.deepcopy(given)
    holder: Any = whole
    while True:
        keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            break
        key = generator.choice(keys)
        below = holder[key]
        if isinstance(below, dict | list) and generator.random() < 0.8:
            holder = below
            continue
        if generator.random() < 0.2:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(generator.choice(ODD))
        return whole
    if isinstance(holder, dict):
        holder[generator.choice(("x", "name", "mode", "port"))] = copy.deepcopy(generator.choice(ODD))
    return whole


def fields(model: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for info in model.model_fields.values():
        yield (*path, info.alias)
        if hasattr(info.annotation, "model_fields"):
            yield from fields(info.annotation, (*path, info.alias))


def test_every_profile_of_the_repository() -> None:
    read = [found for path in FILES if (found := data(path)) is not None]
    assert len(read) > 300
    assert [found for found in read if not same(found)] == []


def test_every_field_with_every_odd_value() -> None:
    base = data(REPO / "tests" / "base.yaml")
    for path in fields(Profile):
        for value in ODD:
            whole = copy.deepcopy(base)
            holder: Any = whole
            for key in path[:-1]:
                holder = holder.setdefault(key, {})
            holder[path[-1]] = copy.deepcopy(value)
            assert same(whole), (path, value)


def test_thousands_of_changes() -> None:
    generator = random.Random(1)
    read = [found for path in FILES if (found := data(path)) is not None]
    for _ in range(4000):
        whole = changed(generator.choice(read), generator)
        assert same(whole), whole


def test_what_is_no_map_is_left_to_pydantic() -> None:
    for value in ODD:
        assert same(value), value
