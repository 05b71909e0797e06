"""Text of a profile -> text that Kubernetes, a shell or JSON takes as data, never as code."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from r1c.diagnostics.text import printable

_ACTIVE = r"\$(?=[$(])"
_EXPANDED = r'[\\"$`]'
_to_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def literal(text: str) -> str:
    """Escape a string for command, args and env values.

    The kubelet reads $(NAME) there as a reference, and $$ as $.
    """
    return re.sub(_ACTIVE, "$$", text)


def shell(text: str) -> str:
    """Quote a string as one word of a shell."""
    return shlex.quote(text)


def inside_quotes(text: str) -> str:
    """Escape a string inside double quotes of a shell, next to variables that the shell reads."""
    return re.sub(_EXPANDED, r"\\\g<0>", text)


def json_text(value: Any) -> str:
    """Write a value as JSON on one line, keys sorted, so that equal values give equal bytes."""
    return _to_json(value)


def prose(text: str) -> str:
    """Escape a string for a sentence in Markdown: on one line, without marks that begin or end code."""
    return printable(text).replace("\t", " ").replace("`", "'")
