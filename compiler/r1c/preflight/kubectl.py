"""Requests -> a snapshot, by kubectl commands that only read."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from r1c.diagnostics import UserError
from r1c.preflight import requests
from r1c.preflight.requests import Request
from r1c.preflight.snapshot import Snapshot, of_answers

SECONDS = 120
"""The time for one request; a list of ten thousand nodes takes kubectl less than half of it."""

AT_ONCE = 6
"""Requests at the same time: most of one is waiting for credentials and the server."""


def ask(wanted: Sequence[Request], context: str | None) -> Snapshot:
    """Return the answers of a cluster.

    Raises UserError if kubectl is missing, or cannot reach the cluster; what it may not read is refused in
    the snapshot, each with the reason.
    """
    program = shutil.which("kubectl")
    if program is None:
        raise UserError(
            "kubectl was not found: install it, or use --snapshot with a file written on another machine"
        )
    base = [program, *([f"--context={context}"] if context else [])]
    first, refused = _run(base, requests.version())
    if refused:
        raise UserError(f"kubectl cannot reach the cluster: {refused}")
    rest = [item for item in wanted if item.name != requests.version().name]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(partial(_run, base), rest)
        answers = {requests.version().name: (first, None)} | {
            item.name: answer for item, answer in zip(rest, found, strict=True)
        }
    return of_answers(f"context {context}" if context else "the current context of kubectl", answers)


def _run(base: Sequence[str], request: Request) -> tuple[str, str | None]:
    """Return what kubectl printed, or the last line of why it failed."""
    try:
        done = subprocess.run(  # noqa: S603  # the program is kubectl, without a shell
            [*base, "get", *request.words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer within {SECONDS} seconds"
    except OSError as error:
        raise UserError(f"kubectl cannot be run: {error.strerror}") from error
    if done.returncode == 0:
        return done.stdout.decode("utf-8", "replace"), None
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return "", lines[-1] if lines else f"kubectl ended with status {done.returncode}"
