"""The declared fields of r1c.yaml -> its JSON Schema; its defaults are a profile without required fields."""

from __future__ import annotations

from r1c.profile import model
from r1c.profile.schema import declared, written
from r1c.repository.model import Repository

NAME = "repository"


def repository_schema() -> str:
    """Return schemas/repository.schema.json as text."""
    schema = declared(Repository, NAME)
    for name, part in schema["$defs"].items():
        if hasattr(model, name):
            part.pop("required", None)
    return written(schema)
