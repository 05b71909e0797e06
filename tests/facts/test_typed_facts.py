"""The facts that code reads as records: each entry of a file has its field, and a missing one is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from r1c import facts
from r1c.facts import (
    bench_client,
    bench_result,
    change_impact,
    google_cloud,
    nccl_variables,
    pod_paths,
    starting_point,
)
from r1c.facts.entry import fill
from r1c.record import named_record


@named_record
class Sample:
    """Two fields that must be there, and one that may."""

    first_release: str
    sizes: tuple[int, ...]
    note: str = ""


def test_keys_are_fields_in_camel_case_and_lists_are_tuples() -> None:
    entry = {"firstRelease": "v1", "sizes": [1, 2], "source": "somewhere"}
    assert fill(Sample, entry) == Sample(first_release="v1", sizes=(1, 2))
    assert fill(Sample, entry, note="made") == Sample(first_release="v1", sizes=(1, 2), note="made")


def test_a_field_that_an_entry_lacks_is_named() -> None:
    with pytest.raises(TypeError, match=r"^Sample\(\) needs a value for first_release$"):
        fill(Sample, {"sizes": []})


def test_every_source_says_what_it_is() -> None:
    """A report shows it as the title of its facts, where the name r1c alone says nothing."""

    def sources(data: Any) -> Iterator[str]:
        if isinstance(data, dict):
            found = data.get("source")
            yield from [found] if isinstance(found, str) else []
            data = list(data.values())
        for value in data if isinstance(data, list) else []:
            yield from sources(value)

    tables = sorted((Path(facts.__file__).parent / "tables").glob("*.json"))
    every = [source for table in tables for source in sources(json.loads(table.read_bytes()))]
    assert len(every) > 30
    assert [source for source in every if len(source.split()) < 2 and "/" not in source] == []


@pytest.mark.parametrize(
    "read",
    [
        facts.limits,
        facts.defaults,
        facts.memory,
        bench_client.duration,
        bench_result.read,
        google_cloud.read,
        nccl_variables.read,
        pod_paths.read,
        starting_point.read,
    ],
    ids=lambda read: f"{read.__module__}.{read.__name__}",
)
def test_every_record_is_filled_from_its_file(read: Callable[[], Any]) -> None:
    found = read()
    assert all(getattr(found, name) not in (None, "") for name in type(found).__match_args__)


def test_every_entry_of_the_impacts_has_its_reason() -> None:
    assert set(get_args(change_impact.Reason)) == set(facts.data("impact"))
    assert all(change_impact.why(reason) for reason in get_args(change_impact.Reason))
