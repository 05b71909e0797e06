"""A RUNBOOK.md -> the blocks that a person pastes, and the kubectl commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ENDS = {"|", "||", "&&", ";", "&", "do", "done", ")", "\n"}


def blocks(path: Path) -> list[str]:
    """Return the blocks of shell commands, in order. Every fence must be one of them."""
    text = path.read_text(encoding="utf-8")
    found = _BLOCK.findall(text)
    assert text.count("```") == 2 * len(found), f"{path}: a block that is not bash"
    return list(found)


def kubectl_commands(script: str) -> Iterator[list[str]]:
    """Yield the arguments of every kubectl command, also those in loops, pipes and $(...)."""
    for line in _statements(script):
        words = shlex.shlex(line, posix=True, punctuation_chars="();|&")
        words.whitespace_split = True
        words.commenters = ""
        command: list[str] | None = None
        for word in words:
            if command is not None and (word in _ENDS or set(word) <= set("();|&")):
                yield command
                command = None
            elif command is not None:
                command.append(word)
            elif word == "kubectl":
                command = []
        if command is not None:
            yield command


def _statements(script: str) -> Iterator[str]:
    """Yield lines with whole statements, without here documents and quotes over several lines."""
    lines = iter(script.replace("\\\n", " ").splitlines())
    for line in lines:
        if line.endswith("<<EOF"):
            while next(lines) != "EOF":
                pass
        if line.count("'") % 2:
            while next(lines).count("'") % 2 == 0:
                pass
            continue
        yield line.removesuffix("<<EOF")
