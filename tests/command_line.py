"""r1c run as from a shell, in this process: a start of Python costs more than most commands."""

from __future__ import annotations

import io
import subprocess
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

from r1c.cli import main


def r1c(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command line of r1c in a folder; return its status and what it printed."""
    out, error = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(error):
        status = main(words)
    return subprocess.CompletedProcess(words, status, out.getvalue(), error.getvalue())
