"""The cluster that a command reads: a snapshot in a file, or kubectl."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from r1c.diagnostics import UserError
from r1c.record import record
from r1c.source.input_file import STDIN, shown

if TYPE_CHECKING:
    from r1c.preflight.requests import Request
    from r1c.preflight.snapshot import Snapshot


@record
class Cluster:
    """Where the cluster is to be read: `file` is a snapshot, `context` one of kubectl's."""

    file: str | None
    context: str | None
    kubectl: bool

    @property
    def given(self) -> bool:
        """Tell whether there is a cluster to read."""
        return self.file is not None or self.kubectl

    def refuse_both(self, context: str | None) -> None:
        """Raise UserError for options that exclude each other."""
        if self.file is not None and self.kubectl:
            raise UserError("give only one of --snapshot and --kubectl")
        if context is not None and not self.kubectl:
            raise UserError("--context needs --kubectl")


def snapshot(cluster: Cluster, wanted: Sequence[Request]) -> Snapshot:
    """Return what is known of the cluster; raises UserError if that cannot be read."""
    if cluster.file is None:
        from r1c.preflight.kubectl import ask

        return ask(wanted, cluster.context)
    from r1c.preflight.snapshot import read

    return read(_text(cluster.file), shown(cluster.file))


def _text(path: str) -> str:
    """Return the text of a snapshot, which is much larger than any profile."""
    try:
        content = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text") from error
