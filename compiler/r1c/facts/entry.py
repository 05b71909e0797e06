"""A file of r1c's facts -> its JSON data, and an entry of it -> the record that code reads it as."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from r1c import resources
from r1c.record import camel_case

Record = TypeVar("Record")


@cache
def load(*path: str) -> Any:
    """Return a JSON file of facts/ by its path from there; treat it as frozen. Raises OSError."""
    return json.loads(resources.read("facts", *path))


def fill(cls: type[Record], entry: Mapping[str, Any], /, **made: Any) -> Record:
    """Fill a record from the entry's keys; `made` are fields that are not simply the value of their key.

    Keys are in camelCase. Lists become tuples. Raises TypeError for a field without a default that the entry
    does not have.
    """
    fields: Any = cls
    keys = {name: camel_case(name) for name in fields.__match_args__ if name not in made}
    return cls(**{name: frozen(entry[key]) for name, key in keys.items() if key in entry}, **made)


def fill_each(cls: type[Record], entries: Mapping[str, Any]) -> dict[str, Record]:
    """Fill a record from each entry that is a map itself, which leaves out source and date."""
    return {name: fill(cls, entry) for name, entry in entries.items() if isinstance(entry, Mapping)}


def frozen(value: Any) -> Any:
    """Return JSON data with tuples in place of lists."""
    if isinstance(value, list):
        return tuple([frozen(item) for item in value])
    return {key: frozen(item) for key, item in value.items()} if isinstance(value, dict) else value
