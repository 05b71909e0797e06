"""The command that installs an optional dependency into the Python that runs r1c."""

from __future__ import annotations

import sys
from shlex import quote


def command(*packages: str) -> str:
    """Return the command, with the interpreter's path: pip of the shell's PATH may belong to another one."""
    return " ".join([quote(sys.executable or "python3"), "-m", "pip", "install", *packages])
