"""The names in messages of the parts of a manifest that a profile does not have, and their common reasons."""

from __future__ import annotations

import json
from typing import Any

ADD = "add it in a kustomize overlay"
OVERLAY = f"a profile has no field for it; {ADD}"
NO_PART = "it is not part of a recipe"
OWN = "r1c writes its own"
CLUSTERS_OWN = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "selfLink",
    "ownerReferences",
    "finalizers",
    "generateName",
)
"""Fields of metadata that the cluster writes."""
_LENGTH = 40


def value_shown(value: Any) -> str:
    """Return a value behind its name, short; a map or a list is not shown."""
    if isinstance(value, dict | list):
        return ""
    text = " ".join((value if isinstance(value, str) else json.dumps(value)).split())
    return f" ({text if len(text) <= _LENGTH else f'{text[: _LENGTH - 3]}...'})"
