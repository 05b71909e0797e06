"""A name in a template -> what it is: an attribute or item of a value, or a script in a file of its own."""

from __future__ import annotations

from functools import cache
from typing import Any

from r1c import resources


def get(value: Any, name: str) -> Any:
    """Return an attribute, else an item; raises AttributeError where there is neither."""
    try:
        return getattr(value, name)
    except AttributeError:
        try:
            return value[name]
        except (TypeError, LookupError):
            pass
        raise


@cache
def script(name: str) -> str:
    """Return a script that a template includes as it is, by its path beside the templates."""
    return resources.read("lower", "templates", name).decode()
