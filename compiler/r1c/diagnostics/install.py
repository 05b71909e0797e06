"""An optional dependency that is missing: what needs it, and the command that installs it."""

from __future__ import annotations

import sys
from shlex import quote


def missing(what: str, extra: str, *packages: str) -> str:
    """Say that something needs the packages of an extra, and how to install them."""
    return f"{what} needs {' and '.join(packages)}, the extra `{extra}` of r1c; run `{command(*packages)}`"


def command(*packages: str) -> str:
    """Return a command for the Python that runs r1c: pip of the shell's PATH may belong to another one."""
    return " ".join([quote(sys.executable or "python3"), "-m", "pip", "install", *packages])
