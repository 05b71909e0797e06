"""Requests -> the shell commands that write a snapshot, for whoever has access to the cluster."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from r1c.preflight.requests import Request

FILE = "snapshot.json"


def script(requests: Sequence[Request], after: Sequence[str]) -> str:
    """Return the commands, for a POSIX shell; each says in the file what it asks for and its exit status.

    `after` is the command that reads the file.
    """
    lines = [
        f"# Writes {FILE} from the cluster of kubectl's current context. The commands only read: of Secrets",
        "# the names of the keys, of pods the requests, of the recipe's objects the tools that manage them.",
        "ask() {",
        """  printf '{"asked": "%s"}\\n' "$1"; shift""",
        '  kubectl get "$@"',
        """  printf '{"status": %d}\\n' "$?\"""",
        "}",
        "{",
        *(f"  ask {shlex.join([item.name, *item.words])}" for item in requests),
        f"}} > {FILE}",
        f"# Then: {shlex.join(after)}",
    ]
    return "\n".join(lines) + "\n"
