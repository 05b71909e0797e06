"""The profile's models -> docs/profile.md: every field with its type, default and meaning."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import fields


def page() -> str:
    """Return docs/profile.md as text."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The profile"
    yield ""
    yield "Generated from the models in `compiler/r1c/profile.py`; `r1c schema` has the same as JSON Schema."
    yield ""
    yield "| field | type | default | meaning |"
    yield "|---|---|---|---|"
    for field in fields.every():
        default = "required" if field.required else f"`{field.default}`" if field.default else ""
        text = field.description.replace("|", "\\|").replace("<", "&lt;")
        yield f"| `{field.path}` | {field.words} | {default} | {text} |"
