"""The profile is declared once: `parse` returns it, and pydantic reads and refuses the same by it."""

from __future__ import annotations

import copy
import dataclasses
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from r1c import source
from r1c.json_schema import misfits
from r1c.profile import fields, from_data
from r1c.profile.model import Network, Recipe, Toleration
from r1c.profile.parse import parse

REPO = Path(__file__).resolve().parents[2]
FILES = sorted(
    [
        *REPO.glob("profiles/*.yaml"),
        *REPO.glob("tests/check/rules/*/*.yaml"),
        *REPO.glob("tests/cases/*/*.yaml"),
    ]
)
BASE = REPO / "tests" / "base.yaml"
ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 65535, 65536, 10**6 + 1, 2**63, 0.0, 0.001, 0.5, 2.0,
    "", "x", "host", "8", "\u00fc", [], ["x"], [1], [{}], [{"operator": "Exists"}], {}, {"a": "b"}, {"a": 1},
    {"inputLen": 5},
)  # fmt: skip
ADAPTER = TypeAdapter(Recipe)


def data(path: Path) -> dict[str, Any] | None:
    document = source.read(path.name, path.read_bytes())
    return document.data if document.usable else None


def plain(value: Any) -> Any:
    """Return sections as dicts."""
    if hasattr(value, "__match_args__"):
        return {name: plain(getattr(value, name)) for name in value.__match_args__}
    return tuple(plain(item) for item in value) if isinstance(value, tuple) else value


def pydantics(given: Any) -> Recipe | None:
    try:
        return ADAPTER.validate_json(json.dumps(given), strict=True)
    except ValidationError:
        return None


def same(given: Any) -> bool:
    """Tell whether both agree: on the values and their types, or on refusing."""
    wanted = pydantics(given)
    if misfits("recipe", given):
        return wanted is None
    return repr(plain(from_data.recipe(given))) == repr(plain(wanted))


def odd(path: tuple[Any, ...]) -> list[Any]:
    """Return the odd values that a field can have.

    In Python None is a section that is not there; in YAML it is a key with nothing behind it.
    """
    section = (found := fields.find(path)) is not None and found.section is not None
    return [item for item in ODD if not (section and item is None)]


def changed(given: dict[str, Any], generator: random.Random) -> dict[str, Any]:
    """Change one thing somewhere: another value, one key less, one key more."""
    whole = copy.deepcopy(given)
    holder: Any = whole
    path: list[Any] = []
    while True:
        keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            break
        key = generator.choice(keys)
        path.append(key)
        below = holder[key]
        if isinstance(below, dict | list) and generator.random() < 0.8:
            holder = below
            continue
        if generator.random() < 0.2:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(generator.choice(odd(tuple(path))))
        return whole
    if isinstance(holder, dict):
        holder[generator.choice(("x", "name", "mode", "port"))] = copy.deepcopy(generator.choice(ODD))
    return whole


def finite(value: Any) -> bool:
    """Tell whether a value can be JSON, which pydantic reads here."""
    if isinstance(value, float):
        return value - value == 0
    return all(
        map(finite, value.values() if isinstance(value, dict) else value if type(value) is list else ())
    )


def profiles() -> list[dict[str, Any]]:
    return [found for path in FILES if (found := data(path)) is not None and finite(found)]


def test_every_profile_of_the_repository_is_read_as_pydantic_reads_it() -> None:
    read = profiles()
    assert len(read) > 300
    assert [found for found in read if not same(found)] == []
    assert sum(pydantics(found) is not None for found in read) > 150


def paths(section: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name in fields.names(section):
        yield (*above, name)
        inner = fields.inside((*above, name))
        if inner and "items" not in fields.names(section)[name]:
            yield from paths(inner, (*above, name))


def test_every_field_with_every_odd_value_is_read_as_pydantic_reads_it() -> None:
    base = data(BASE)
    tried = list(paths(fields.profile()))
    assert len(tried) > 80
    for path in tried:
        for value in odd(path):
            whole = copy.deepcopy(base)
            holder: Any = whole
            for key in path[:-1]:
                holder = holder.setdefault(key, {})
            holder[path[-1]] = copy.deepcopy(value)
            assert same(whole), (path, value)


def test_thousands_of_changed_profiles_are_read_as_pydantic_reads_them() -> None:
    generator = random.Random(1)
    read = profiles()
    for _ in range(4000):
        whole = changed(generator.choice(read), generator)
        assert same(whole), whole


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_a_number_is_finite(value: float) -> None:
    whole: Any = data(BASE)
    whole["spec"]["benchmark"] = {"requestRate": value}
    (misfit,) = misfits("recipe", whole)
    assert (misfit.path, misfit.keyword) == (("spec", "benchmark", "requestRate"), "type")


@pytest.mark.parametrize("fault", ["", "  frobnicate: 1\n"], ids=["good", "bad"])
def test_parse_returns_the_profile_that_is_declared_and_nobody_can_change_it(fault: str) -> None:
    text = BASE.read_text(encoding="utf-8") + fault
    parsed = parse(source.read("profile.yaml", text.encode()))
    assert bool(parsed.findings) == bool(fault)
    assert type(parsed.recipe) is Recipe
    assert type(parsed.recipe.spec.network) is Network
    spec: Any = parsed.recipe.spec
    with pytest.raises(dataclasses.FrozenInstanceError, match=r"^Spec\.nodes cannot be changed$"):
        spec.nodes = 99
    assert isinstance(parsed.recipe.spec.scheduling.target_nodes, tuple)


def test_lists_are_tuples_and_their_maps_are_sections() -> None:
    whole: Any = data(BASE)
    whole["spec"]["scheduling"] = {"tolerations": [{"operator": "Exists"}], "targetNodes": ["a"]}
    scheduling = from_data.recipe(whole).spec.scheduling
    assert scheduling.tolerations == (Toleration(operator="Exists"),)
    assert scheduling.target_nodes == ("a",)


def test_no_fault_needs_pydantic_or_jsonschema(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BASE.read_text(encoding="utf-8") + "  frobnicate: 1\n  nodes: two\n")
    code = (
        "import sys; sys.argv = ['r1c', 'check', 'bad.yaml']\n"
        "from r1c.__main__ import main\n"
        "status = main()\n"
        "print(status, sorted({'pydantic', 'jsonschema'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "1 []"


def test_names_in_profiles() -> None:
    assert [field.path.rpartition(".")[2] for field in fields.every() if ".goodput." in field.path] == [
        "ttftMs",
        "tpotMs",
        "e2elMs",
    ]
