"""The outputs that are plain text: scripts, the Dockerfile and the runbook.

They are written as Jinja2 templates (*.j2), those of the image's build in docker/context; tools/generate.py
makes compiled.py of them.
"""

from __future__ import annotations

from typing import Any


def render(name: str, **values: Any) -> str:
    """Fill in a template; every name that it uses must be given. Raises KeyError for an unknown template."""
    from r1c.lower.templates.compiled import TEMPLATES

    return TEMPLATES[name](values)
