"""The words of a profile in a finding -> those of a command line and a manifest."""

from __future__ import annotations

import re

from r1c.diagnostics import Finding
from r1c.record import replace

_WORDS = (
    (r"\btensor: (\d+)", r"--tensor-parallel-size \1"),
    (r"\bpipeline: (\d+)", r"--pipeline-parallel-size \1"),
)


def in_flags(finding: Finding) -> Finding:
    """Return a finding that says what to write in the file that it is about."""
    related = tuple(replace(item, message=_worded(item.message)) for item in finding.related)
    return replace(
        finding, message=_worded(finding.message), help=_worded(finding.help), related=related
    )


def _worded(text: str) -> str:
    for pattern, instead in _WORDS:
        text = re.sub(pattern, instead, text)
    return text
