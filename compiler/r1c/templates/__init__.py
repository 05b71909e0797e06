"""The texts that are text by nature: scripts, the Dockerfile and the runbook, as Jinja2 templates."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from r1c.lower.escape import json_text, literal, shell

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 the output is shell and Markdown; the templates quote with the filters below
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shell"] = shell
    environment.filters["kubelet"] = literal
    environment.filters["json"] = json_text
    return environment


def render(name: str, **values: Any) -> str:
    """Fill in a template; every name that it uses must be given."""
    return _environment().get_template(name).render(**values)
