"""The words of a profile in a finding -> those of a command line and a manifest."""

from __future__ import annotations

import re

from r1c.diagnostics import Code, Finding
from r1c.facts import vllm
from r1c.lint.applies import HELP, HELP_OF_COMPOSE, UNKNOWN_FLAG
from r1c.profile.paths import ARGS, ENV
from r1c.record import replace

_WORDS = (
    (r"\btensor: (\d+)", r"--tensor-parallel-size \1"),
    (r"\bpipeline: (\d+)", r"--pipeline-parallel-size \1"),
    (r"\b(?:with|and) nodes: 1\b", "on one node"),
    (r"\b(?:with|and) nodes: (\d+)", r"on \1 nodes"),
    (r"\bwrite dtype: ", "write --dtype "),
    (r" to vllm\.args\b", ""),
    (r" in vllm\.args\b", " on the command line"),
    (r" in vllm\.env\b", " in env"),
    (r"\bwrite platform: ", "use "),
    (r"(?<![\w-])([a-z0-9]+(?:-[a-z0-9]+)+): true\b", r"--\1"),
    (r"(?<![\w-])([a-z0-9]+(?:-[a-z0-9]+)+): (?=[\d{])", r"--\1 "),
    ("; the profile uses ", "; this server has "),
    ("its value would be in the manifests", "its value is in the file"),
    ("write a map, which r1c writes as JSON", "write valid JSON"),
    (r"write \{.*\} without quotes", "write valid JSON"),
    (r"\ban option of docker run: .*", "it is an option of docker run, not of vLLM"),
)
"""What a finding says about the fields of a profile, and what that is on a command line."""

_REMOVED = {ARGS: "the flag", ENV: "the variable"}


def in_flags(code: Code, finding: Finding, *, compose: bool = False) -> Finding:
    """Return a finding that says what to write in the file that it is about."""
    related = tuple(replace(item, message=_worded(item.message)) for item in finding.related)
    own = {**HELP, **HELP_OF_COMPOSE} if compose else HELP
    # A line of a command or of a list may have more than what is to be removed.
    removed = next((what for place, what in _REMOVED.items() if finding.path[:3] == place), "it")
    help_ = _in_two(code, finding) or own.get(code.id) or _worded(finding.help)
    help_ = re.sub(r"\bremove the line\b", f"remove {removed}", help_)
    return replace(finding, message=_worded(finding.message), help=help_, related=related)


def _in_two(code: Code, finding: Finding) -> str:
    """Return the help about a flag with its value in the same item of a list: vLLM takes both for a name."""
    name, space, value = str(finding.path[-1] if finding.path else "").partition(" ")
    if code.id != UNKNOWN_FLAG or not space or not vllm.is_known(name):
        return ""
    return f"write --{name}={value.strip()}, or two items, --{name} and {value.strip()}"


def _worded(text: str) -> str:
    for pattern, instead in _WORDS:
        text = re.sub(pattern, instead, text)
    return text
