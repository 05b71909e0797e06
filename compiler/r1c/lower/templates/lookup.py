"""A value and a name in a template -> what the value has under that name, as attribute or as item."""

from __future__ import annotations

from typing import Any


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
