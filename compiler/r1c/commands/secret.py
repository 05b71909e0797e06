"""`r1c secret`: the Secret with the token in it, on standard output and nowhere else."""

from __future__ import annotations

import getpass
import os
import sys

from r1c.commands import inputs
from r1c.commands.console import Console
from r1c.diagnostics import UserError
from r1c.diagnostics.text import as_text
from r1c.emit.yaml import documents
from r1c.lower.access import secret_object


def run(console: Console, profile: str) -> int:
    """Print the Secret of a profile; return 1 if the profile is refused."""
    checked = inputs.analysed(profile)
    console.report(as_text(checked.diagnostics, colour=console.colour()))
    if checked.plan is None:
        return 1
    console.result(documents([secret_object(checked.plan, _token())]))
    return 0


def _token() -> str:
    token = os.environ.get("HF_TOKEN", "").strip()
    if not token and sys.stdin.isatty():
        token = getpass.getpass("Hugging Face token: ", sys.stderr).strip()
    if not token:
        raise UserError(
            "no token: set HF_TOKEN, or run `r1c secret` on a terminal, where it asks for the token"
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UserError(
            "the token has characters that are not allowed in a Hugging Face token; copy it again"
        )
    return token
